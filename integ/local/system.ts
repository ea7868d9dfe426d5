import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { SqlLedger } from './sql-ledger';
import { health } from '../../bench/lib/health';
import type { Trader } from '../../bench/lib/job';
import { ApiSetup, crossingTraders, FUNDS, type SignedIn } from '../../bench/lib/traders';
import { type Platform, startPlatform } from '../../local/platform';
import { DrillError, messageOf, sleep } from '../drill/fault';

/** A process that a fault can be done to. */
export interface LocalProcess {
  readonly name: string;
  readonly pid: number;
  readonly port?: number;
}

export interface LocalSystemOptions {
  /** Folder of the cloud assembly. */
  readonly assembly: string;
  /** Folder with the services that it was made from; default: this project. */
  readonly project?: string;
  /** API processes behind the load balancer. */
  readonly tasks: number;
  readonly signal?: AbortSignal;
  /** Something happened to what runs: one sentence. */
  readonly onReport?: (sentence: string) => void;
}

/** Access tokens are valid for an hour or less; renewed well before. */
const SIGN_IN_EVERY_MS = 8 * 60_000;
const MATCHER = 'reference-matcher';
/** Events that a standby may be behind and still be one. */
const IN_STEP = 5_000;

/** The synthesised system on this machine, with two traders that have play money, in a folder of its own that goes with it. */
export class LocalSystem {
  private signedInAt = 0;
  private people: readonly [SignedIn, SignedIn];

  private constructor(
    readonly platform: Platform, readonly folder: string, private readonly api: ApiSetup, people: readonly [SignedIn, SignedIn],
    readonly redis: Redis, readonly ledger: SqlLedger,
  ) {
    this.people = people;
    this.signedInAt = Date.now();
  }

  static async start({ assembly, project, tasks, signal, onReport }: LocalSystemOptions): Promise<LocalSystem> {
    const folder = mkdtempSync(join(tmpdir(), 'drill-'));
    let platform: Platform | undefined;
    try {
      // Every order is counted, so nobody else may trade.
      platform = await startPlatform({ assembly, project, data: folder, tasks, without: ['simulation-worker'], signal, onReport: onReport ?? (() => undefined) });
      const { baseUrl, databaseUrl, redis, caFile } = platform.describe();
      if (databaseUrl === undefined || redis === undefined) throw new DrillError('the system has no ledger to read back, or no cache; RealtimeSimulator has both');
      const api = new ApiSetup(baseUrl);
      const people = await fundedTraders(api, platform);
      const cache = new Redis(redis.url, {
        password: redis.token, tls: { ca: readFileSync(caFile) }, maxRetriesPerRequest: null, retryStrategy: () => 100,
      });
      cache.on('error', () => undefined);
      return new LocalSystem(platform, folder, api, people, cache, new SqlLedger(databaseUrl, people.map(({ accountId }) => accountId)));
    } catch (error) {
      await platform?.stop();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** @param keep whether the folder stays, for whoever looks for the reason of a failure */
  async stop(keep = false): Promise<void> {
    this.redis.disconnect();
    this.api.close();
    await this.ledger.close();
    await this.platform.stop();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }

  get url(): string {
    return this.platform.describe().baseUrl;
  }

  traders(): readonly Trader[] {
    return crossingTraders(...this.people);
  }

  /** Signs the traders in again when it is time. */
  async renewTokens(): Promise<void> {
    if (Date.now() - this.signedInAt < SIGN_IN_EVERY_MS) return;
    const [first, second] = await Promise.all(this.people.map((person) => this.api.signIn(person)));
    this.people = [first, second];
    this.signedInAt = Date.now();
  }

  processes(service?: string): LocalProcess[] {
    return this.platform.processes().filter((one) => service === undefined || one.service === service)
      .flatMap(({ name, pid, port }) => (pid === undefined ? [] : [{ name, pid, port }]));
  }

  /** Any of a service's processes. */
  async one(service: string): Promise<LocalProcess> {
    const all = this.processes(service);
    if (all.length === 0) throw new DrillError(`no process of ${service} runs`);
    return all[Math.floor(Math.random() * all.length)];
  }

  /** A database, a cache or the load balancer. */
  server(name: string): LocalProcess {
    const found = this.platform.describe().servers.find((one) => one.name === name || one.name.startsWith(`${name} (`));
    if (!found) throw new DrillError(`there is no ${name}`);
    return found;
  }

  /** The matcher that leads, once another one follows it: without a standby a takeover proves something else. */
  async leader(limitMs = 30_000): Promise<LocalProcess> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const all = await Promise.all(this.processes(MATCHER).map(async (one) => ({ ...one, facts: (await health(one.port!))?.facts ?? {} })));
      const leader = all.find(({ facts }) => facts.role === 'leader');
      const behind = (facts: Readonly<Record<string, unknown>>): number => Number(leader?.facts.lastSeq) - Number(facts.lastSeq);
      const followed = all.some((one) => one !== leader && one.facts.caughtUp === true && behind(one.facts) < IN_STEP);
      if (leader && followed) return leader;
      if (Date.now() > deadline) throw new DrillError(`no matcher leads with another one behind it: ${JSON.stringify(all.map(({ name, facts }) => [name, facts.role, facts.caughtUp]))}`);
      await sleep(50);
    }
  }

  /** Resolves when every process and server answers. */
  async untilHealthy(limitMs: number): Promise<void> {
    await this.platform.untilHealthy(limitMs);
  }

  /** What runs now, as a sentence. */
  async state(): Promise<string> {
    const parts = await Promise.all(this.platform.processes().map(async ({ name, pid, port }) => {
      const silent = port === undefined || pid === undefined;
      const report = silent ? undefined : await health(port).catch((error: unknown) => ({ status: messageOf(error) }));
      return `${name} ${pid === undefined ? 'does not run' : `runs as ${pid}${report ? ` (${report.status})` : ''}`}`;
    }));
    return parts.join(', ');
  }
}

async function fundedTraders(api: ApiSetup, platform: Platform): Promise<[SignedIn, SignedIn]> {
  const people = await Promise.all(platform.users.map((user) => api.signIn(user)));
  const operator = people.find(({ role }) => role === 'operator');
  const [first, second] = people.filter(({ role }) => role === 'trader');
  if (!operator || !second) throw new DrillError('the system has no operator and two traders');
  for (const account of [first, second]) {
    for (const [asset, amount] of Object.entries(FUNDS)) await api.deposit(operator, account.accountId, asset, amount);
  }
  await Promise.all([first, second].map((account) => api.untilFunded(account, FUNDS)));
  return [first, second];
}
