// The commands of `npm run polyreel`, on the pinned Node.
import { runCommand } from '@polyreel/operator/cli';

process.exitCode = await runCommand(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  say: (line) => console.error(line),
  env: process.env,
  // Paths mean the folder of the person who wrote them, which npm keeps in INIT_CWD.
  cwd: process.env.INIT_CWD ?? process.cwd(),
});
