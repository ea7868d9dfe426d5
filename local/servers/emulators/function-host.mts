import { createRequire } from 'node:module';
import { join } from 'node:path';

// Runs one Lambda function's code: loads it once, then answers invocations that come over the channel, one at a time.
// Arguments: folder of the code, handler as `file.export`.
interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly deadline: number;
  readonly functionName: string;
  readonly arn: string;
  readonly memoryMiB: number;
}

type Handler = (event: unknown, context: object) => unknown;

const [folder, handlerName] = process.argv.slice(2);
const [file, exported] = handlerName.split('.');
const code = createRequire(import.meta.url)(join(folder, `${file}.js`)) as Record<string, unknown>;
const handler = code[exported];
if (typeof handler !== 'function') throw new Error(`${file}.js exports no function ${exported}`);

const answer = (message: object): void => void process.send?.(message);

process.on('message', (invocation: Invocation) => {
  const context = {
    awsRequestId: invocation.id,
    functionName: invocation.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: invocation.arn,
    memoryLimitInMB: String(invocation.memoryMiB),
    logGroupName: `/aws/lambda/${invocation.functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
  };
  Promise.resolve()
    .then(() => (handler as Handler)(invocation.event, context))
    .then((result) => answer({ id: invocation.id, result: result ?? null }))
    .catch((error: unknown) => {
      const known = error instanceof Error ? error : new Error(String(error));
      answer({ id: invocation.id, error: { errorType: known.name, errorMessage: known.message, trace: known.stack?.split('\n') } });
    });
});
// The platform is gone: nobody will ever ask again.
process.on('disconnect', () => process.exit(0));
answer({ ready: true });
