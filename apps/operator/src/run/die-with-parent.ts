// Preloaded into api and worker: when the start script is gone, they stop, and a stop that hangs ends all the same.
const graceMs = 20_000;

process.on('disconnect', () => {
  // Before its entry listens to the same event, there is nothing to hand back.
  if (process.listenerCount('disconnect') === 1) process.exit(1);
  setTimeout(() => process.exit(1), graceMs).unref();
});
// Listening alone must not keep a process alive that has nothing else to do.
process.channel?.unref();

export {};
