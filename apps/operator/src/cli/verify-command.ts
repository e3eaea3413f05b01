import path from 'node:path';
import { deriveKeys, openSecret, sealSecret } from '@polyreel/config';
import { openSigning } from '@polyreel/media/provenance';
import { type VerifyReport, verifyFile } from '@polyreel/media/verify';
import { createLumaWatermarker } from '@polyreel/media/watermark';
import { readSecretKeys } from '../run/place.ts';
import { takeWords } from './arguments.ts';
import type { Command, OperatorConfig } from './command.ts';
import { type OperatorDatabase, withDatabase } from './with-database.ts';

export const verify: Command = {
  words: 'verify',
  usage: 'FILE',
  summary: 'says what a film or picture is: its C2PA manifest, its hidden mark, and the job of this server that made it',
  flags: [],
  async run(context) {
    const [file = ''] = takeWords(context.args, ['FILE']);
    const report = await withDatabase(context, async (database) => {
      const deps = await openVerify(context.config, database);
      return verifyFile(deps, { path: path.resolve(context.cwd, file), signal: new AbortController().signal });
    });
    context.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    for (const line of summaryOf(report)) context.say(line);
    return 0;
  },
};

async function openVerify(config: OperatorConfig, database: OperatorDatabase) {
  const keys = await readSecretKeys(config);
  const credential = await openSigning({
    files: config.c2pa,
    secrets: database.serverSecrets,
    seal: (text, sealContext) => sealSecret(text, { keys, context: sealContext }),
    open: (sealed, sealContext) => openSecret(sealed, { keys, context: sealContext }),
    clock: { now: () => new Date() },
  });
  return {
    media: { ffmpegPath: config.ffmpegPath, ffprobePath: config.ffprobePath },
    provenance: database.provenance,
    watermarker: createLumaWatermarker(deriveKeys(keys, 'watermark')),
    anchors: [credential.anchorPem],
  };
}

/** For people, on standard error; the report is for programs. */
function summaryOf({ c2pa, watermark, matches, found }: VerifyReport): string[] {
  const likeness = matches.map(
    ({ record, similarityRatio, agreedSeconds }) =>
      `looks like job ${record.jobId}: ${agreedSeconds} s agree, ${Math.round(similarityRatio * 100)} % of the bits`,
  );
  return [
    `C2PA manifest: ${c2pa.state}`,
    watermark === null
      ? 'no hidden mark'
      : `hidden mark ${watermark.id}, ${watermark.confidence.toFixed(1)} deviations above chance`,
    ...likeness,
    found === null
      ? 'not a film of this server, as far as can be seen'
      : `made by job ${found.record.jobId} (found by ${found.by})`,
  ];
}
