/**
 * Plays a recording of market data in the exchange's own protocol, for a streamer with `FEED_URL` and `FEED_PROTOCOL` set to it.
 *
 *   npm run feed:replay -- --file btc.feed.gz [--port 0] [--speed 6]
 */
import { parseArgs } from 'node:util';
import { openRecording } from '../local/feeds/recording';
import { startReplayServer } from '../local/feeds/replay-server';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { file: { type: 'string' }, port: { type: 'string', default: '0' }, speed: { type: 'string', default: '1' } } });
  if (values.file === undefined) throw new Error('--file must name a recording, made by `npm run feed:record`');
  const recording = await openRecording(values.file);
  const server = await startReplayServer({ recording, port: Number(values.port), speed: Number(values.speed) });
  const { exchange, symbols, startedAt } = recording.head;
  process.stdout.write(`listening ${server.url}\n`);
  process.stderr.write(`${exchange}, ${symbols.join(', ')}, recorded at ${startedAt}; begins with the first subscription\n`);
  const end = (): void => void server.close();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const progress = setInterval(() => process.stderr.write(`\r${server.played} frames`), 500);
  try {
    await server.finished;
  } finally {
    clearInterval(progress);
    await server.close();
  }
  process.stderr.write(`\r${server.played} frames, done\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
