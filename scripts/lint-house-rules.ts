// npm run lint, second half: the rules of this house that no ready linter knows.
import { join } from 'node:path';
import { lintHouseRules } from '@polyreel/testkit/lint';

const violations = await lintHouseRules(join(import.meta.dirname, '..'));
for (const { path, line, rule, message } of violations) console.log(`${path}:${line} [${rule}] ${message}`);
console.log(`house rules: ${violations.length === 0 ? 'all kept' : `${violations.length} broken`}`);
process.exitCode = violations.length > 0 ? 1 : 0;
