// The server of `npm start`, on the pinned Node: scripts/start.mjs has set everything up.
import { runServer } from '@polyreel/operator/run';

const stop = new AbortController();
const force = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => (stop.signal.aborted && signal === 'SIGINT' ? force.abort() : stop.abort()));
}
// The bootstrap is gone, killed perhaps: nobody is left to stop us.
process.on('disconnect', () => stop.abort());

const code = await runServer({
  env: process.env,
  argv: process.argv.slice(2),
  log: (line) => console.log(line),
  isTerminal: process.stdout.isTTY === true,
  stop: stop.signal,
  force: force.signal,
});
process.exit(code);
