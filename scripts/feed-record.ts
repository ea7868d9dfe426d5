/**
 * Records an exchange's public market data as it comes.
 *
 *   npm run feed:record -- --out btc.feed.gz --exchange binance --symbols BTCUSDT,ETHUSDT --seconds 60
 *   --url <ws…>     another address than the exchange's own, such as that of a local feed
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { RecordingWriter } from '../local/feeds/recording';
import { createLogger } from '../services/runtime';
import { ExchangeFeed } from '../services/streamer/exchange-feed';
import { PROTOCOLS } from '../services/streamer/protocols';

const ADDRESSES = {
  bybit: 'wss://stream.bybit.com/v5/public/spot',
  bitget: 'wss://ws.bitget.com/v2/ws/public',
  binance: 'wss://stream.binance.com:9443/ws',
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      exchange: { type: 'string', default: 'bybit' },
      symbols: { type: 'string', default: 'BTCUSDT' },
      seconds: { type: 'string', default: '60' },
      url: { type: 'string' },
    },
  });
  const exchange = values.exchange as keyof typeof ADDRESSES;
  if (!(exchange in ADDRESSES)) throw new Error(`--exchange must be one of ${Object.keys(ADDRESSES).join(', ')}, got ${JSON.stringify(values.exchange)}`);
  if (values.out === undefined) throw new Error('--out must name the file to write');
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds must be a positive number, got ${JSON.stringify(values.seconds)}`);
  const symbols = values.symbols.split(',').map((symbol) => symbol.trim()).filter((symbol) => symbol !== '');

  const recording = new RecordingWriter(values.out, { exchange, symbols, startedAt: new Date().toISOString() });
  const feed = new ExchangeFeed({
    protocol: PROTOCOLS[exchange](),
    url: values.url ?? ADDRESSES[exchange],
    symbols,
    staleAfterMs: 15_000,
    logger: createLogger({ service: 'feed-record', environment: 'tool', level: 'warn' }),
    onTick: () => undefined,
    onFrame: (symbol, text) => recording.write(symbol, text),
  });
  feed.start();
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1_000);
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const progress = setInterval(() => process.stderr.write(`\r${recording.frames} frames`), 500);
  await once(stop.signal, 'abort');
  clearTimeout(timer);
  clearInterval(progress);
  await feed.stop();
  await recording.close();
  const { refused, staleSymbols } = feed.state();
  const notes = [
    ...(recording.refused > 0 ? [`${recording.refused} frames were left out because the disk is too slow`] : []),
    ...Object.entries(refused).map(([topic, words]) => `${topic} refused: ${words}`),
  ];
  process.stderr.write(`\r${[`${recording.frames} frames in ${values.out}`, ...notes].join('; ')}\n`);
  if (recording.frames === 0) throw new Error(`nothing came from ${values.url ?? ADDRESSES[exchange]} for ${staleSymbols.join(', ')}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
