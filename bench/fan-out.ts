import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { messageFrom, startProgram } from './lib/children';
import type { PeerJob } from './lib/fan-out-job';
import { FanOutSide } from './lib/fan-out-side';
import type { Percentiles } from './lib/latencies';
import { rangeOf } from './lib/matching-rounds';
import { type Run, runProgram, type Say, withPlatform } from './lib/program';
import { ApiSetup } from './lib/traders';
import type { Platform } from '../local/platform';

const USAGE = `Measures how the order API tells many clients of tickers and books, beside bare ws in the same run: npm run -s bench:fan-out -- [options]

  --clients <n>  clients of each side, each with a ticker and a book (default: 2000)
  --rounds <n>   rounds; each looks for the most and for the lag of both sides (default: 5)
  --seconds <n>  seconds of each measurement (default: 5)
  --rate <n>     messages per second while the lag is measured; each goes to every client (default: 5)
  --json         progress on standard error, nothing but the result on standard output
  --help         this text`;

interface Flags {
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly rate: number;
  readonly json: boolean;
}

interface SideReport {
  /** Deliveries, to one client each, in a second: the median of the rounds. */
  readonly messagesPerSecond: number;
  /** From publication in the cache until a client has it. */
  readonly lagMs: { readonly p50: number; readonly p99: number };
}

interface FanOutReport extends SideReport {
  readonly clients: number;
  /** Resident memory of the API per connection with two subscriptions. */
  readonly bytesPerConnection: number;
  readonly peer: SideReport & { readonly name: string };
  /** Ours over the peer's, the median of the rounds' ratios. */
  readonly ratio: number;
  readonly ratioRange: readonly [number, number];
}

const CHANNELS = ['ticker.BTCUSDT', 'book.BTCUSDT'];

interface Round {
  readonly most: number;
  readonly lag: Percentiles;
}

async function measure(platform: Platform, flags: Flags, say: Say): Promise<Run<FanOutReport>> {
  const { redis, caFile, users, baseUrl } = platform.describe();
  const api = platform.processes().find(({ service }) => service === 'reference-api');
  if (redis === undefined || api?.port === undefined || api.pid === undefined) throw new Error('the platform has no cache or no order API');
  const { hostname: host, port } = new URL(redis.url);
  const publisher = new Redis({ host, port: Number(port), password: redis.token, tls: { ca: readFileSync(caFile), servername: host } });
  const publish = (number: number, text: string): Promise<unknown> => publisher.publish(CHANNELS[number % CHANNELS.length], text);
  const setup = new ApiSetup(baseUrl);
  const sides: FanOutSide[] = [];
  const peer = startProgram('peer-broadcast.ts');
  try {
    const { token } = await setup.signIn(users[0]);
    const before = residentBytes(api.pid);
    say(`connecting ${flags.clients} clients to the API …`);
    const url = `ws://127.0.0.1:${api.port}/v1/stream`;
    const ours = await FanOutSide.open({ url, clients: flags.clients, subscription: { token, channels: CHANNELS } }, publish);
    sides.push(ours);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const bytesPerConnection = Math.round((residentBytes(api.pid) - before) / flags.clients);
    say(`connecting ${flags.clients} clients to the peer …`);
    // Channels of its own: what one side is told must not cost the other.
    const peerChannels = CHANNELS.map((channel) => `peer.${channel}`);
    peer.send({ redis: { ...redis, caFile }, channels: peerChannels } satisfies PeerJob);
    const isUrl = (message: unknown): message is { url: string } => typeof (message as { url?: unknown }).url === 'string';
    const bare = await FanOutSide.open({ url: (await messageFrom(peer, isUrl, 30_000)).url, clients: flags.clients }, (number, text) => (
      publisher.publish(peerChannels[number % peerChannels.length], text)));
    sides.push(bare);
    const rounds = await inRounds(ours, bare, flags, say);
    return { report: reportOf(flags.clients, bytesPerConnection, rounds), problems: [] };
  } finally {
    for (const side of sides) side.close();
    peer.kill();
    setup.close();
    publisher.disconnect();
  }
}

async function inRounds(ours: FanOutSide, bare: FanOutSide, { rounds, seconds, rate }: Flags, say: Say): Promise<{ ours: Round[]; bare: Round[] }> {
  const found = { ours: [] as Round[], bare: [] as Round[] };
  let number = 0;
  const numbers = (): number => number++;
  // What runs for the first time runs slower: not measured.
  for (const side of [ours, bare]) await side.most(numbers, Math.min(seconds, 3));
  for (let round = 1; round <= rounds; round++) {
    // Who is first alternates: the machine may be busier in one half of a round.
    for (const who of round % 2 === 1 ? ['ours', 'bare'] as const : ['bare', 'ours'] as const) {
      const side = who === 'ours' ? ours : bare;
      const one = { most: await side.most(numbers, seconds), lag: await side.lag(numbers, rate, seconds) };
      found[who].push(one);
      say(`round ${round} of ${rounds}, ${who.padEnd(4)}: ${Math.round(one.most)} deliveries/s, lag p50 ${one.lag.p50.toFixed(1)} ms, p99 ${one.lag.p99.toFixed(1)} ms`);
    }
  }
  return found;
}

const median = (values: readonly number[]): number => rangeOf(values, 3).median;

function sideOf(rounds: readonly Round[]): SideReport {
  return {
    messagesPerSecond: Math.round(median(rounds.map(({ most }) => most))),
    lagMs: { p50: median(rounds.map(({ lag }) => lag.p50)), p99: median(rounds.map(({ lag }) => lag.p99)) },
  };
}

function reportOf(clients: number, bytesPerConnection: number, { ours, bare }: { ours: readonly Round[]; bare: readonly Round[] }): FanOutReport {
  const ratios = rangeOf(ours.map(({ most }, index) => most / bare[index].most), 3);
  return {
    clients, ...sideOf(ours), bytesPerConnection, peer: { name: 'ws', ...sideOf(bare) }, ratio: ratios.median, ratioRange: [ratios.min, ratios.max],
  };
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}

function parseFlags(args: readonly string[]): Flags | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      clients: { type: 'string', default: '2000' }, rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '5' },
      rate: { type: 'string', default: '5' }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const whole = (name: 'clients' | 'rounds' | 'seconds' | 'rate', most: number): number => {
    if (!/^[1-9]\d{0,4}$/.test(values[name]) || Number(values[name]) > most) throw new Error(`--${name} must be a whole number from 1 to ${most}, got: ${values[name]}`);
    return Number(values[name]);
  };
  return { clients: whole('clients', 10_000), rounds: whole('rounds', 50), seconds: whole('seconds', 60), rate: whole('rate', 100), json: values.json };
}

runProgram({
  usage: USAGE,
  parse: parseFlags,
  run: (flags, say, signal) => withPlatform({
    name: 'fan-out',
    system: 'RealtimeSimulator',
    // Its prices would be in the way of ours.
    without: ['simulation-worker', 'streamer'],
    environment: { ADMISSION: JSON.stringify({ connectionsPerAccount: 100_000 }) },
  }, say, signal, (platform) => measure(platform, flags, say)),
});
