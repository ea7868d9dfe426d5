// Loaded before a replica's own program, under --expose-gc: says how much memory lives after a collection, when it is asked.
process.on('message', () => {
  globalThis.gc();
  process.send(process.memoryUsage().heapUsed);
});
// Whoever asks does not keep the process alive.
process.channel.unref();
