import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { health } from './health';
import type { SeenFill } from './takeover-job';
import { epochMs } from './takeover-load';
import type { Platform } from '../../local/platform';

const SERVICE = 'reference-matcher';
/** Longest wait for anything that a round waits for. */
const LIMIT_MS = 60_000;
const POLL_MS = 20;
/** Most events that a standby may be behind for the next round to begin. */
const IN_STEP = 5_000;
/** Rounds begin at any point between two renewals of the lease. */
const JITTER_MS = 600;

/** How the leader was ended. */
export type Ending = 'kill' | 'terminate';

/** One takeover. */
export interface TakeoverRound {
  readonly ending: Ending;
  /** From the signal until a client saw the successor's first fill that no client had seen before. */
  readonly seconds: number;
  /** From the signal until the successor had the lease; part of `seconds`. */
  readonly leaseSeconds: number;
  /** Fills that clients saw again, as their leader did not get to say that they were published. */
  readonly repeated: number;
}

/** What a matcher writes when it begins to lead. */
interface Beginning {
  readonly epoch: number;
  readonly publishedSeq: number;
  readonly at: number;
}

interface Matcher {
  readonly name: string;
  readonly pid: number;
  readonly leads: boolean;
  readonly epoch: number;
  readonly lastSeq: number;
  readonly caughtUp: boolean;
}

/** The fills of a run, as far as a round needs them. */
export class FillLog {
  private fills: SeenFill[] = [];

  /** Takes what the load saw. */
  add(fills: readonly SeenFill[]): void {
    this.fills.push(...fills);
  }

  /** Forgets what was seen so far; the load goes on. */
  clear(): void {
    this.fills = [];
  }

  /** The first fill since a time that is behind a sequence and behind all that was seen before that time: news, not a repetition. */
  firstNew(seq: number, at: number): SeenFill | undefined {
    const known = this.fills.reduce((highest, fill) => (fill.at < at ? Math.max(highest, fill.seq) : highest), seq);
    return this.fills.filter((fill) => fill.seq > known && fill.at >= at).sort((a, b) => a.at - b.at)[0];
  }

  /** Sequences that were told before a time and after it. */
  repeated(at: number): number {
    const before = new Set(this.fills.filter((fill) => fill.at < at).map(({ seq }) => seq));
    return new Set(this.fills.filter((fill) => fill.at >= at && before.has(fill.seq)).map(({ seq }) => seq)).size;
  }
}

/** What a matcher's log says of the term with an epoch; undefined before it begins. Lines that are cut or not ours are passed over. */
export function beginningIn(log: string, epoch: number): Beginning | undefined {
  for (const line of log.split('\n')) {
    if (!line.includes('"this process leads"')) continue;
    try {
      const entry = JSON.parse(line) as { message?: string; epoch?: number; publishedSeq?: number; time?: string };
      if (entry.message === 'this process leads' && entry.epoch === epoch) return { epoch, publishedSeq: entry.publishedSeq!, at: Date.parse(entry.time!) };
    } catch { /* still being written */ }
  }
  return undefined;
}

/** Ends leaders and measures how long clients wait for the first fill of the next one. */
export class Takeovers {
  constructor(private readonly platform: Platform, private readonly fills: FillLog) {}

  /** One round; begins when a standby follows. @throws Error when something does not happen in a minute */
  async round(ending: Ending): Promise<TakeoverRound> {
    const leader = await this.whenPaired();
    this.fills.clear();
    await sleep(100 + Math.random() * JITTER_MS);
    const began = epochMs();
    if (this.platform.kill(leader.pid, ending === 'kill' ? 'SIGKILL' : 'SIGTERM') !== 1) throw new Error(`process ${leader.pid} of ${leader.name} is gone already`);
    const next = await until('another matcher leads', async () => (await this.matchers()).find(({ leads, epoch }) => leads && epoch > leader.epoch));
    const { publishedSeq, at } = await until(`${next.name} writes that it leads`, () => this.beginning(next));
    // Before the term, everything that is seen is the old leader's; the sequence rules out what is told again and what arrives late.
    const first = await until('a client sees a new fill', () => this.fills.firstNew(publishedSeq, at));
    return { ending, seconds: (first.at - began) / 1_000, leaseSeconds: (at - began) / 1_000, repeated: this.fills.repeated(at) };
  }

  /** Resolves with the leader once another one is in step with it. */
  private whenPaired(): Promise<Matcher> {
    return until('a leader and a standby in step with it', async () => {
      const all = await this.matchers();
      const leader = all.find(({ leads }) => leads);
      const followed = leader && all.some((one) => one !== leader && !one.leads && one.caughtUp && leader.lastSeq - one.lastSeq < IN_STEP);
      return followed ? leader : undefined;
    });
  }

  private async matchers(): Promise<Matcher[]> {
    const found = await Promise.all(this.platform.processes().filter(({ service }) => service === SERVICE).map(async ({ name, pid, port }) => {
      const report = port === undefined ? undefined : await health(port);
      if (report === undefined || pid === undefined) return undefined;
      const { role, epoch, lastSeq, caughtUp } = report.facts;
      return { name, pid, leads: role === 'leader', epoch: Number(epoch), lastSeq: Number(lastSeq), caughtUp: caughtUp === true };
    }));
    return found.filter((one) => one !== undefined);
  }

  private beginning({ name, epoch }: Matcher): Beginning | undefined {
    return beginningIn(readFileSync(join(this.platform.describe().logs, `${name}.log`), 'utf8'), epoch);
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`within ${LIMIT_MS / 1_000} s it did not happen that ${what}`);
    await sleep(POLL_MS);
  }
}
