import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { HOLD, leaseKey, PRESENT, RELEASE, replicasKey } from './scripts';
import type { Logger } from '../../runtime';

export interface SymbolLeasesOptions {
  readonly redis: Pick<Redis, 'eval'>;
  readonly symbols: readonly string[];
  /** Name of this process, different for every start. */
  readonly owner: string;
  readonly logger: Logger;
  /**
   * For how long this process has heard the exchange without a break, milliseconds; undefined while it does not. One that does not lets go of its
   * symbols when another one is able.
   */
  readonly listeningMs: () => number | undefined;
  /** Called when this process begins to lead a symbol. */
  readonly onLead: (symbol: string) => void;
  /** Milliseconds without a renewal after which another one may lead; default 3 s. */
  readonly lapseMs?: number;
  /** Milliseconds between two renewals; default 500. */
  readonly renewalMs?: number;
  /**
   * Milliseconds for which a process has to listen before it leads while others can: it would not know what a leader that was killed did not tell.
   * Default: the lapse and four renewals.
   */
  readonly settleMs?: number;
}

export interface LeadershipState {
  /** Symbols that this process leads. */
  readonly leading: readonly string[];
  /** Other processes that hear the exchange. */
  readonly others: number;
  readonly problem?: string;
}

/**
 * Shares symbols among the replicas: one leads each, the others listen and follow when it ends. A replica takes free symbols up to its fair share
 * and gives back what it has above it, so that a new one gets some. Leases are in the cache, where they are checked by the step that publishes;
 * their time is the cache's. While the cache does not answer nobody can take over, and whoever led goes on writing to the stream: twice is better
 * than never.
 */
export class SymbolLeases {
  private readonly held = new Set<string>();
  private readonly stopping = new AbortController();
  private others = 0;
  private problem: string | undefined;
  private loop: Promise<void> | undefined;
  private wake: AbortController | undefined;

  constructor(private readonly options: SymbolLeasesOptions) {}

  get owner(): string {
    return this.options.owner;
  }

  leads(symbol: string): boolean {
    return this.held.has(symbol);
  }

  state(): LeadershipState {
    return { leading: [...this.held], others: this.others, problem: this.problem };
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Looks now rather than at the next round. */
  poke(): void {
    this.wake?.abort();
  }

  /** The cache said that this process does not lead a symbol. */
  lost(symbol: string): void {
    if (this.held.delete(symbol)) this.options.logger.warn({ symbol }, 'this process leads the symbol no longer');
  }

  /** Lets go of everything, so that others may follow at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake?.abort();
    await this.loop;
    await this.present(false).catch(() => undefined);
    await Promise.all([...this.held].map((symbol) => this.release(symbol).catch(() => undefined)));
  }

  private async run(): Promise<void> {
    const { renewalMs = 500, logger } = this.options;
    while (!this.stopping.signal.aborted) {
      try {
        await this.round();
        if (this.problem !== undefined) logger.info('the leases are back');
        this.problem = undefined;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (this.problem === undefined) logger.warn({ reason }, 'the leases cannot be asked for');
        this.problem = reason;
      }
      this.wake = new AbortController();
      if (this.stopping.signal.aborted) return;
      await sleep(renewalMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
    }
  }

  private async round(): Promise<void> {
    const { symbols, listeningMs, lapseMs = 3_000, renewalMs = 500, settleMs = lapseMs + 4 * renewalMs } = this.options;
    const settled = (listeningMs() ?? 0) >= settleMs;
    this.others = await this.present(settled);
    // Where nobody else can, one that has just begun is better than none.
    const isAble = settled || (this.others === 0 && listeningMs() !== undefined);
    if (isAble && !settled) this.others = await this.present(true);
    if (!isAble && this.others > 0) {
      await Promise.all([...this.held].map((symbol) => this.release(symbol)));
      return;
    }
    const share = Math.ceil(symbols.length / (this.others + 1));
    // Those above the share are given back; the last that were taken first.
    await Promise.all([...this.held].slice(share).map((symbol) => this.release(symbol)));
    await Promise.all([...this.held].map((symbol) => this.hold(symbol, isAble)));
    if (!isAble) return;
    const free = symbols.filter((symbol) => !this.held.has(symbol));
    // As many at a time as there is room for: the lease decides, and what others have leaves room for the next.
    for (let room = share - this.held.size; room > 0 && free.length > 0; room = share - this.held.size) {
      await Promise.all(free.splice(0, room).map((symbol) => this.hold(symbol, true)));
    }
  }

  /** Renews or takes a lease. */
  private async hold(symbol: string, take: boolean): Promise<void> {
    const { redis, owner, onLead, logger, lapseMs = 3_000 } = this.options;
    const result = Number(await redis.eval(HOLD, 1, leaseKey(symbol), owner, lapseMs, take ? '1' : '0'));
    if (result === 0) return this.lost(symbol);
    if (result === 1 && this.held.has(symbol)) return;
    // Taken again after it lapsed is a new beginning as well: somebody may have led in the meantime.
    this.held.add(symbol);
    logger.info({ symbol }, 'this process leads the symbol');
    onLead(symbol);
  }

  private async present(isAble: boolean): Promise<number> {
    const { redis, owner, symbols, lapseMs = 3_000 } = this.options;
    return Number(await redis.eval(PRESENT, 1, replicasKey(symbols), owner, lapseMs, isAble ? '1' : '0'));
  }

  private async release(symbol: string): Promise<void> {
    this.held.delete(symbol);
    await this.options.redis.eval(RELEASE, 1, leaseKey(symbol), this.options.owner);
  }
}
