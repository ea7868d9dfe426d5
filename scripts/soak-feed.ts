/**
 * Lets three exchanges' feeds run for a while and counts what comes out: replays of an hour at six times its pace, each followed by two replicas of
 * the streamer, with frames sent twice and left out, connections cut, and leaders killed.
 *
 *   npm run soak:feed [-- --minutes 10 --json]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CreateStreamCommand, DescribeStreamCommand, GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { Redis } from 'ioredis';
import { Judge, type Verdict } from './soak-feed/judge';
import { generateRecording, tradeIds } from './soak-feed/recordings';
import { bundleStreamer, type Growth, Replica } from './soak-feed/replicas';
import { DIALECTS, type Exchange } from '../local/feeds/dialects';
import { openRecording } from '../local/feeds/recording';
import { type ReplayServer, startReplayServer } from '../local/feeds/replay-server';
import { startKinesalite } from '../local/servers/kinesalite';
import { freePort } from '../local/servers/ports';
import { startRedis } from '../local/servers/redis';
import { ensureTls } from '../local/servers/tls';
import type { Ticker } from '../services/domain';
import { awsClientSettings } from '../services/runtime';
import type { MarketTrade, TradeGap } from '../services/streamer/model';
import { PROTOCOLS } from '../services/streamer/protocols';

const SPEED = 6;
/** Something happens this often; longer than a takeover takes. */
const EVENT_EVERY_MS = 12_000;
const STREAM = 'market-data';
const PASSWORD = 'a-token-for-a-soak';

interface Venue {
  readonly exchange: Exchange;
  readonly symbols: readonly string[];
  readonly judge: Judge;
  readonly server: ReplayServer;
  readonly replicas: Replica[];
  readonly environment: Readonly<Record<string, string>>;
}

interface Report {
  readonly minutes: number;
  readonly events: Readonly<Record<string, number>>;
  readonly exchanges: Readonly<Record<string, Omit<Verdict, 'problems'>>>;
  readonly memory: readonly Growth[];
  readonly problems: readonly string[];
}

let say: (line: string) => void = (line) => console.log(line);

async function soak(minutes: number, folder: string): Promise<Report> {
  const tls = await ensureTls(join(folder, 'tls'));
  const [redisServer, kinesisServer, program] = await Promise.all([
    startRedis({ dir: join(folder, 'redis'), tls, password: PASSWORD }), startKinesalite({ dataDir: join(folder, 'kinesis') }), bundleStreamer(folder),
  ]);
  const kinesis = new KinesisClient({
    ...awsClientSettings(), region: 'us-east-1', endpoint: kinesisServer.url, credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const reader = new Redis({ host: 'localhost', port: redisServer.port, password: PASSWORD, tls: { ca: readFileSync(tls.caFile) } });
  const venues: Venue[] = [];
  const all: Replica[] = [];
  const problems: string[] = [];
  const events = { repeated: 0, leftOut: 0, cutOne: 0, cutAll: 0, killed: 0 };
  try {
    await kinesis.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: 1 }));
    while ((await kinesis.send(new DescribeStreamCommand({ StreamName: STREAM }))).StreamDescription?.StreamStatus !== 'ACTIVE') await sleep(100);

    for (const exchange of Object.keys(DIALECTS) as Exchange[]) {
      const numbered = PROTOCOLS[exchange]().numberedTrades === true;
      // Names of their own: leases and channels are the symbols'.
      const symbols = ['A', 'B', 'C'].map((letter) => `${exchange.toUpperCase()}${letter}USDT`);
      const file = join(folder, `${exchange}.feed.gz`);
      say(`${exchange}: recording ${minutes * SPEED} minutes of a generated market …`);
      await generateRecording(file, exchange, symbols, minutes * SPEED);
      const judge = new Judge(exchange, numbered);
      let [frames, times] = [0, 1];
      const server = await startReplayServer({
        recording: await openRecording(file), port: 0, speed: SPEED,
        times: ({ text }) => {
          // Left out where the numbers tell: elsewhere nobody could know.
          times = ++frames % 97 === 0 ? 2 : frames % 1_013 === 0 && numbered && frames > 2_000 && tradeIds(exchange, text).length > 0 ? 0 : 1;
          if (times === 2) events.repeated++;
          if (times === 0) events.leftOut++;
          return times;
        },
        onSent: ({ symbol, text }, clients) => judge.wasSent(symbol, tradeIds(exchange, text), times, clients),
      });
      venues.push({
        exchange, symbols, judge, server, replicas: [],
        environment: {
          ENVIRONMENT: 'soak', LOG_LEVEL: 'warn', FEED_URL: server.url, FEED_PROTOCOL: exchange, SYMBOLS: symbols.join(','), STALE_AFTER_SECONDS: '10',
          MARKET_DATA_STREAM: STREAM, CACHE_URL: redisServer.url, CACHE_AUTH_TOKEN: PASSWORD, AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL_KINESIS: kinesisServer.url,
          AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', NODE_EXTRA_CA_CERTS: tls.caFile,
        },
      });
    }
    reader.on('pmessage', (_pattern, channel: string, text: string) => {
      const venue = venues.find(({ symbols }) => symbols.some((symbol) => channel.endsWith(symbol)));
      if (channel.startsWith('ticker.')) venue?.judge.onTicker(JSON.parse(text) as Ticker);
      else venue?.judge.onChannel(JSON.parse(text) as (MarketTrade | TradeGap)[]);
    });
    await reader.psubscribe('ticker.*', 'market.trades.*');

    const startReplica = async (venue: Venue): Promise<void> => {
      const replica = new Replica(venue.exchange, program, { ...venue.environment, PORT: String(await freePort()) });
      venue.replicas.push(replica);
      all.push(replica);
    };
    const sampling = setInterval(() => { for (const replica of all) if (replica.alive) replica.sample(); }, 4_000);
    for (const venue of venues) for (let i = 0; i < 2; i++) await startReplica(venue);
    const ended = Promise.all(venues.map(({ server }) => server.finished));
    const over = ended.then(() => true);
    over.catch(() => undefined);

    const began = Date.now();
    for (let n = 0; !await Promise.race([over, sleep(EVENT_EVERY_MS).then(() => false)]); n++) {
      // Each exchange in its turn, so that all see everything in the end.
      const { exchange, server, replicas } = venues[n % venues.length];
      const kind = (n + Math.floor(n / venues.length)) % 3;
      // The last seconds are left in peace, for the count.
      if (Date.now() - began > minutes * 60_000 - 10_000) continue;
      if (kind === 0 && server.connections() === 2) {
        events.cutOne++;
        await server.cut([n % 2]);
      } else if (kind === 1) {
        const victim = replicas.splice(n % 2, 1)[0];
        events.killed++;
        await victim.stop('SIGKILL');
        await startReplica(venues[n % venues.length]);
      } else {
        events.cutAll++;
        await server.cut();
      }
      say(`${((Date.now() - began) / 60_000).toFixed(1).padStart(5)} min  ${exchange.padEnd(8)} ${['one connection cut', 'a replica killed', 'both connections cut'][kind]}`);
    }
    const deadline = Date.now() + 20_000;
    while (!venues.every(({ judge }) => judge.complete) && Date.now() < deadline) await sleep(100);
    clearInterval(sampling);
    for (const venue of venues) {
      for (const replica of venue.replicas) {
        if (!replica.alive) problems.push(`${venue.exchange}: a replica ended by itself: ${replica.errors.at(-1) ?? replica.child.exitCode}`);
        else if (await replica.stop('SIGTERM') !== 0) problems.push(`${venue.exchange}: a replica did not end well: ${replica.errors.at(-1)}`);
      }
    }
    await readStream(kinesis, venues);
  } finally {
    await Promise.all(all.map((replica) => replica.stop('SIGKILL')));
    await Promise.all(venues.map(({ server }) => server.close()));
    reader.disconnect();
    kinesis.destroy();
    await Promise.all([redisServer.stop(), kinesisServer.stop()]);
  }
  const memory = all.map((replica) => replica.growth()).filter((growth) => growth !== undefined);
  // What lives after a collection: what a process has beyond that is the collector's business, and comes and goes.
  for (const { heapMiB: [early, late] } of memory) if (late > early * 1.2 + 4) problems.push(`the heap of a replica grew from ${early} to ${late} MiB`);
  const verdicts = venues.map(({ exchange, judge }) => [exchange, judge.verdict()] as const);
  problems.push(...verdicts.flatMap(([, verdict]) => verdict.problems));
  const exchanges = Object.fromEntries(verdicts.map(([exchange, { problems: _, ...facts }]) => [exchange, facts]));
  return { minutes, events, exchanges, memory, problems };
}

/** Tells the judges what the stream has. */
async function readStream(kinesis: KinesisClient, venues: readonly Venue[]): Promise<void> {
  const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand({
    StreamName: STREAM, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON',
  }));
  for (let iterator = ShardIterator, empty = 0; iterator !== undefined && empty < 2;) {
    const { Records = [], NextShardIterator } = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: 1_000 }));
    empty = Records.length === 0 ? empty + 1 : 0;
    for (const { Data, PartitionKey } of Records) {
      const venue = venues.find(({ symbols }) => symbols.includes(PartitionKey!));
      for (const line of Buffer.from(Data!).toString().trimEnd().split('\n')) {
        const content = JSON.parse(line) as { type?: string };
        if (content.type === 'trade') venue?.judge.inStream(content as MarketTrade);
      }
    }
    iterator = NextShardIterator;
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } } });
  const minutes = Number(values.minutes);
  if (!(minutes >= 0.5 && minutes <= 600)) throw new Error(`--minutes must be a number from 0.5 to 600, got ${JSON.stringify(values.minutes)}`);
  if (values.json) say = (line) => console.error(line);
  const folder = mkdtempSync(join(tmpdir(), 'soak-feed-'));
  try {
    const report = await soak(minutes, folder);
    for (const [exchange, facts] of Object.entries(report.exchanges)) {
      say(`${exchange.padEnd(8)} ${Object.entries(facts).map(([name, n]) => `${name} ${n}`).join(', ')}`);
    }
    for (const problem of report.problems) console.error(`PROBLEM ${problem}`);
    console.log(values.json ? JSON.stringify(report) : report.problems.length === 0 ? 'nothing was lost, nothing was told twice' : `${report.problems.length} problems`);
    if (report.problems.length > 0) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
