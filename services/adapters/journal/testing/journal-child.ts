/**
 * Appends to a file journal as fast as it can and says on standard output what was acknowledged, until it is killed or the disk
 * fails. Arguments: folder, segment bytes, number of the first command. A line is `<position> <first>-<last>`, written after the
 * acknowledgement; `failed <message>` when the journal takes no more.
 */
import { frameOf } from './journal-contract';
import { createLogger } from '../../../runtime';
import { FileJournal } from '../file/file-journal';

const [path, segmentBytes, first] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
let next = first;
let failed = '';

const logger = createLogger({ service: 'child', environment: 'test', level: 'silent' });
const journal = new FileJournal({
  path, segmentBytes, maxFrameBytes: Math.floor(segmentBytes / 2), logger,
  onFailure: (error) => {
    failed = error.message;
  },
});

async function append(commands: number): Promise<void> {
  const from = next;
  next += commands;
  const position = await journal.append(0, frameOf(0, ...Array.from({ length: commands }, (_, i) => from + i)));
  process.stdout.write(`${position} ${from}-${from + commands - 1}\n`);
}

/** Several at a time, so that groups form. */
async function appendOn(appender: number): Promise<void> {
  for (let n = 0; !failed; n++) await append(1 + (n * 7 + appender * 3) % 12);
}

async function report(error: Error): Promise<never> {
  // Nothing is taken any more, not even when the disk has room again.
  const later = await journal.append(0, frameOf(0, 1)).then(() => 'taken', (reason: Error) => reason.message);
  process.stdout.write(`failed ${error.message}; then ${later}\n`);
  await journal.close();
  const again = new FileJournal({ path, segmentBytes, maxFrameBytes: Math.floor(segmentBytes / 2), logger });
  const stop = new AbortController();
  for await (const records of again.read(0, undefined, stop.signal)) {
    for (const { position, commands } of records) process.stdout.write(`found ${position} ${commands[0].time}-${commands[commands.length - 1].time}\n`);
    if (records.length === 0) stop.abort();
  }
  await again.close();
  process.exit(3);
}

Promise.all([1, 2, 3, 4].map(appendOn)).catch(report).catch(() => process.exit(4));
