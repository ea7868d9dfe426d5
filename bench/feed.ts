import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { type FeedJob, type FeedResult, type SourceAnswer, type SourceRequest, TIME_MARK } from './feed-job';
import { messageFrom } from './lib/children';
import { Latencies } from './lib/latencies';
import { median, rangeOf } from './lib/matching-rounds';
import { DIALECTS, type Exchange } from '../local/feeds/dialects';
import { startRedis } from '../local/servers/redis';

const USAGE = `Measures each adapter of the streamer from the exchange's WebSocket to Redis, beside a bare loop that parses and publishes, in the same run:
npm run -s bench:feed -- [options]

  --rounds <n>    rounds of both sides, in turns (default: 5)
  --frames <n>    frames of a round, as fast as they are taken (default: 60000)
  --rate <n>      frames a second for the lag (default: 10000)
  --seconds <n>   of it (default: 4)
  --only <name>   one exchange: ${Object.keys(DIALECTS).join(', ')}
  --json          progress on standard error, nothing but the result on standard output
  --help          this text

A message is a frame of the exchange. Messages per second are those of a processor second of the process, all its threads, so that what else the
machine does counts for nothing. The lag is that of trades, from the sending of the frame until a subscriber of Redis has it; it says milliseconds.`;

let say: (line: string) => void = (line) => console.log(line);
const k = (rate: number): string => `${(rate / 1_000).toFixed(1)} k/s`;

/** Bundled the way the services are, so that the code that is measured is the code that runs. */
async function bundle(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name}.js`);
  await build({
    entryPoints: [join(__dirname, `${name}.ts`)], outfile, bundle: true, platform: 'node', target: 'node22', format: 'cjs', mainFields: ['main', 'module'], keepNames: true,
    minifySyntax: true, minifyWhitespace: true, tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } }, logLevel: 'error',
  });
  return outfile;
}

const children = new Set<ChildProcess>();
function start(file: string, ...args: string[]): ChildProcess {
  const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

class Bench {
  constructor(private readonly source: ChildProcess, private readonly child: string, private readonly redis: Redis) {}

  async ask(request: SourceRequest): Promise<string> {
    const answer = messageFrom(this.source, (m): m is SourceAnswer => typeof m === 'object' && m !== null && 'url' in m, 120_000);
    this.source.send(request);
    return (await answer).url;
  }

  async run(engine: FeedJob['engine'], exchange: Exchange, frames: number, rate?: number): Promise<FeedResult> {
    await this.redis.flushall();
    const url = await this.ask({ send: frames, rate });
    const job: FeedJob = { engine, exchange, url, frames, redisPort: this.redis.options.port! };
    const child = start(this.child, JSON.stringify(job));
    try {
      const answer = await messageFrom(child, (m): m is { result: FeedResult } | { error: string } => typeof m === 'object' && m !== null, 120_000);
      if ('error' in answer) throw new Error(`${engine} of ${exchange}: ${answer.error}`);
      return answer.result;
    } finally {
      child.kill('SIGKILL');
    }
  }

  /** Lag of trades at a rate that both sides can take. */
  async lag(engine: FeedJob['engine'], exchange: Exchange, rate: number, seconds: number): Promise<{ p50: number; p99: number }> {
    const lags = new Latencies();
    const reader = new Redis({ port: this.redis.options.port });
    // The first second is of code that is not compiled yet.
    let from = Infinity;
    reader.on('pmessage', (_pattern, _channel, text: string) => {
      const now = Date.now();
      if (from === Infinity) from = now + 1_000;
      if (now < from) return;
      const trades = JSON.parse(text) as { exchangeTime?: number }[];
      for (const { exchangeTime = 0 } of trades) if (exchangeTime > TIME_MARK) lags.record(now - exchangeTime);
    });
    await reader.psubscribe(engine === 'adapter' ? 'market.trades.*' : 'trades.*');
    try {
      await this.run(engine, exchange, rate * (seconds + 1), rate);
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      reader.disconnect();
    }
    if (lags.count === 0) throw new Error(`${engine} of ${exchange}: no trade was heard`);
    const { p50, p99 } = lags.percentiles();
    return { p50: Math.round(p50), p99: Math.round(p99) };
  }
}

interface Options { readonly rounds: number; readonly frames: number; readonly rate: number; readonly seconds: number }

async function measure(bench: Bench, exchange: Exchange, options: Options): Promise<object> {
  const { rounds, frames, rate, seconds } = options;
  await bench.ask({ load: exchange, frames: Math.max(frames, rate * (seconds + 1)) });
  const rates = { adapter: [] as number[], peer: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    // In turns, and not always the same one first.
    for (const engine of round % 2 === 0 ? ['adapter', 'peer'] as const : ['peer', 'adapter'] as const) {
      const { cpuSeconds, seconds: wall, published } = await bench.run(engine, exchange, frames);
      rates[engine].push(frames / cpuSeconds);
      const words = `${k(frames / cpuSeconds)} of a core, ${k(frames / wall)} by the clock, ${published} published`;
      say(`${exchange.padEnd(8)} round ${round + 1}  ${engine.padEnd(8)} ${words}`);
    }
  }
  const lag = { adapter: await bench.lag('adapter', exchange, rate, seconds), peer: await bench.lag('peer', exchange, rate, seconds) };
  const ratio = median(rates.adapter) / median(rates.peer);
  const inWords = ({ p50, p99 }: { p50: number; p99: number }): string => `p50 ${p50} ms, p99 ${p99} ms`;
  say(`${exchange.padEnd(8)} ${ratio.toFixed(2)} × the bare loop; trades at ${rate}/s after ${inWords(lag.adapter)}, the loop's ${inWords(lag.peer)}`);
  const rated = (list: number[]): object => ({ messagesPerSecond: Math.round(median(list)), rounds: rangeOf(list, 0) });
  return { ...rated(rates.adapter), lagMs: lag.adapter, peer: { ...rated(rates.peer), lagMs: lag.peer }, ratio: Number(ratio.toFixed(2)) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' }, frames: { type: 'string', default: '60000' }, rate: { type: 'string', default: '10000' },
      seconds: { type: 'string', default: '4' }, only: { type: 'string' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const options = {
    rounds: whole('rounds', values.rounds, 1, 100), frames: whole('frames', values.frames, 1_000, 500_000),
    rate: whole('rate', values.rate, 100, 100_000), seconds: whole('seconds', values.seconds, 1, 60),
  };
  const { only } = values;
  if (only !== undefined && !(only in DIALECTS)) throw new Error(`--only must be one of ${Object.keys(DIALECTS).join(', ')}, got: ${only}`);
  if (values.json) say = (line) => console.error(line);
  const folder = mkdtempSync(join(tmpdir(), 'bench-feed-'));
  const server = await startRedis({ dir: join(folder, 'redis') });
  const redis = new Redis({ port: server.port });
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  try {
    // A projection needs no file: what the disk does is not measured.
    await redis.config('SET', 'appendonly', 'no');
    const [child, sourceFile] = await Promise.all([bundle('feed-child', folder), bundle('feed-source', folder)]);
    const source = start(sourceFile);
    const bench = new Bench(source, child, redis);
    const adapters: Record<string, object> = {};
    const wanted = (Object.keys(DIALECTS) as Exchange[]).filter((exchange) => only === undefined || only === exchange);
    for (const exchange of wanted) adapters[exchange] = await measure(bench, exchange, options);
    source.kill();
    await once(source, 'exit');
    console.log(JSON.stringify({ adapters }));
  } finally {
    for (const child of children) child.kill('SIGKILL');
    redis.disconnect();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  if (/^\d{1,10}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new Error(`--${name} must be a whole number from ${least} to ${most}, got: ${text}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
