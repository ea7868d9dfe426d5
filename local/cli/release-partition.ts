import { parseArgs } from 'node:util';
import { readPlatform } from '../platform';
import { LocalError, messageOf } from '../servers/errors';

const USAGE = 'Lets a halted partition of the running platform go on: npm run release-partition -- --partition <n> [--data <folder>]';

/** Asks the settlement function, through the local Invoke API, to clear the halt of a partition. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { partition: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean', default: false } } });
  if (values.help) return console.log(USAGE);
  if (values.partition === undefined || !/^\d+$/.test(values.partition)) throw new LocalError(`--partition must be a whole number, got: ${values.partition ?? 'nothing'}\n${USAGE}`);
  const platform = readPlatform(values.data);
  const name = platform.functions.settlement;
  if (name === undefined) throw new LocalError('The running platform has no settlement function.');
  const response = await fetch(`${platform.controlUrl}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: 'POST',
    body: JSON.stringify({ release: { partition: Number(values.partition) } }),
  });
  const answer = await response.text();
  if (!response.ok || response.headers.has('x-amz-function-error')) throw new LocalError(`settlement did not release partition ${values.partition}: ${answer}`);
  console.log(answer);
}

main().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exit(1);
});
