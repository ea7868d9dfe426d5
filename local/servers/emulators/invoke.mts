import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** A function's value, or undefined when it failed, was too slow or is not there: API Gateway tells its clients no more than that. */
export function invokeFunction(controlUrl: string, name: string, event: object, timeoutMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const call = request(`${controlUrl}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, { method: 'POST', agent, timeout: timeoutMs }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => {
        const failed = answer.statusCode !== 200 || answer.headers['x-amz-function-error'] !== undefined;
        const text = Buffer.concat(chunks).toString('utf8');
        resolve(failed ? undefined : text === '' ? null : JSON.parse(text));
      });
    });
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(undefined));
    call.end(JSON.stringify(event));
  });
}
