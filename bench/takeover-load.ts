/** The process that sends the orders of the takeover benchmark: the clock that sees fills must not wait for who kills. */
import type { TakeoverJob } from './lib/takeover-job';
import { TakeoverLoad } from './lib/takeover-load';

const stop = new AbortController();

process.once('disconnect', () => process.exit(1));
process.on('message', (message: TakeoverJob | 'stop') => {
  if (message === 'stop') return stop.abort();
  new TakeoverLoad(message, (progress) => process.send?.(progress)).run(stop.signal)
    .then((result) => process.send?.(result, undefined, undefined, () => process.exit(0)))
    .catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    });
});
