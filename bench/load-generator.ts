/** The process that sends the orders. It shares nothing with the orchestrator but messages, so that nobody's work delays it. */
import type { LoadJob } from './lib/job';
import { OrderLoad } from './lib/order-load';

process.once('disconnect', () => process.exit(1));
process.once('message', (job) => {
  new OrderLoad(job as LoadJob, (progress) => process.send?.(progress)).run()
    .then((result) => process.send?.(result, undefined, undefined, () => process.exit(0)))
    .catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    });
});
