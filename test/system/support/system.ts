import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { health } from '../../../bench/lib/health';
import { LedgerAudit } from '../../../bench/lib/ledger';
import { ApiSetup, FUNDS, type SignedIn } from '../../../bench/lib/traders';
import { prepareAssembly } from '../../../local/cli/assembly';
import { DEFAULT_SYSTEM, systemByName } from '../../../local/cli/systems';
import { type Platform, type PlatformProcess, startPlatform } from '../../../local/platform';

/** The synthesised system, running in a folder of its own, with two traders that have play money. With KEEP_DATA set the folder stays. */
export class TestSystem {
  /** What the platform said on its way: crashes, above all. */
  readonly reports: string[] = [];
  platform!: Platform;
  audit!: LedgerAudit;
  api!: ApiSetup;
  traders!: readonly [SignedIn, SignedIn];
  operator!: SignedIn;
  readonly data = mkdtempSync(join(tmpdir(), 'system-test-'));

  async start(options: { readonly tasks?: number } = {}): Promise<this> {
    const assembly = await prepareAssembly(systemByName(DEFAULT_SYSTEM), () => undefined);
    this.platform = await startPlatform({
      // These tests count every order and every coin: nobody else may trade.
      ...options, without: ['simulation-worker'], assembly, data: this.data, onReport: (sentence) => this.reports.push(sentence),
    });
    const { baseUrl, databaseUrl } = this.platform.describe();
    this.audit = await LedgerAudit.connect(databaseUrl!);
    this.api = new ApiSetup(baseUrl);
    const people = await Promise.all(this.platform.users.map((user) => this.api.signIn(user)));
    this.operator = people.find(({ role }) => role === 'operator')!;
    const [first, second] = people.filter(({ role }) => role === 'trader');
    this.traders = [first, second];
    for (const account of this.traders) {
      for (const [asset, amount] of Object.entries(FUNDS)) await this.api.deposit(this.operator, account.accountId, asset, amount);
    }
    await Promise.all(this.traders.map((account) => this.api.untilFunded(account, FUNDS)));
    return this;
  }

  async stop(): Promise<void> {
    this.api?.close();
    await this.audit?.close();
    await this.platform?.stop();
    if (process.env.KEEP_DATA) return void console.log(`kept ${this.data}\n${this.reports.join('\n')}`);
    rmSync(this.data, { recursive: true, force: true });
  }

  get url(): string {
    return this.platform.describe().baseUrl;
  }

  processes(service: string): PlatformProcess[] {
    return this.platform.processes().filter((process) => process.service === service);
  }

  /** Name of the matcher that leads now. */
  async leader(limitMs = 30_000): Promise<string> {
    return until('a matcher leads', async () => {
      for (const { name, port } of this.processes('reference-matcher')) {
        const report = await health(port!);
        if (report?.facts.role === 'leader') return name;
      }
      return undefined;
    }, limitMs);
  }

  /** Kills a process as `kill -9` does and resolves when another one has its place and answers. */
  async crash(name: string): Promise<void> {
    const before = this.platform.processes().find((one) => one.name === name);
    if (!before?.pid) throw new Error(`there is no process ${name} to kill`);
    // By its id: the name of the first task is that of its service as well.
    this.platform.kill(before.pid);
    await until(`${name} is replaced`, () => {
      const now = this.platform.processes().find((one) => one.name === name);
      return now?.pid !== undefined && now.pid !== before.pid && now.restarts > before.restarts ? true : undefined;
    }, 60_000);
  }
}

/** Asks again and again until there is an answer. @throws Error naming what did not happen */
export async function until<T>(what: string, ask: () => Promise<T | undefined> | T | undefined, limitMs = 30_000): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`within ${limitMs / 1_000} s it did not happen that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
