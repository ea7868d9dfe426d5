import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseState, LeaseStore } from './lease';
import type { Logger } from '../../runtime';

export interface LeaseKeeperOptions {
  readonly store: LeaseStore;
  readonly partition: number;
  /** Id of this process, different for every start. */
  readonly owner: string;
  /** Milliseconds between two renewals, and between two looks of a standby. */
  readonly renewalMs: number;
  /** Milliseconds without a renewal after which a standby takes the lease. */
  readonly lapseMs: number;
  readonly logger: Logger;
  /** Whether this process could lead now: it has caught up, or waits for a leader to catch up with it. */
  readonly ready: () => boolean;
  /** All events up to this sequence are in the queue. */
  readonly publishedSeq: () => number;
  /** Called with what the lease says, whoever leads. */
  readonly onObserved: (publishedSeq: number) => void;
  /** Called once per term, before `leads` says so. */
  readonly onLeading: (epoch: number) => void;
  /** Called when a term is over: nothing may be published any more. */
  readonly onLost: (reason: string) => void;
}

/**
 * Takes and keeps the lease of a partition. Clocks of two machines are never compared: a standby takes the lease only after it
 * saw the same version for the whole lapse by its own monotonic clock, and a leader counts its term from the moment before it
 * sent the last renewal that succeeded. So the leader's term, by its clock, ends before anyone may follow.
 */
export class LeaseKeeper {
  private observed: { readonly state: LeaseState; readonly since: number } | undefined;
  private term: { readonly epoch: number; confirmedAt: number } | undefined;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private recorded = 0;
  private trouble: string | undefined;
  /** Part of the lapse that the leader does not use, for what it has already begun to send. */
  private readonly marginMs: number;

  constructor(private readonly options: LeaseKeeperOptions) {
    this.marginMs = Math.max(50, options.lapseMs / 8);
  }

  /** Whether this process leads at this instant, by its own clock. To be asked before every effect. */
  get leads(): boolean {
    return this.term !== undefined && performance.now() < this.term.confirmedAt + this.options.lapseMs - this.marginMs;
  }

  /** Epoch of this process's term, or of whoever leads. */
  get epoch(): number {
    return this.term?.epoch ?? this.observed?.state.epoch ?? 0;
  }

  /** Highest publishedSeq that is known to be in the store. */
  get recordedSeq(): number {
    return this.recorded;
  }

  /** What is wrong with the connection to the store, if anything. */
  get problem(): string | undefined {
    return this.trouble;
  }

  start(): void {
    this.loop = this.run();
  }

  /** Ends the loop and lets go of the lease with the last publishedSeq, so that a standby may follow at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    if (!this.term) return;
    const { epoch } = this.term;
    this.lose('shutdown');
    const { store, partition, owner } = this.options;
    await store.release(partition, owner, epoch, this.options.publishedSeq());
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        await (this.term ? this.renew() : this.watch());
        this.trouble = undefined;
      } catch (error) {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        if (this.trouble === undefined) this.options.logger.warn({ reason }, 'the lease store does not answer');
        this.trouble = reason;
      }
      if (this.term && !this.leads) this.lose('not renewed in time');
      // A failed renewal is repeated sooner: time is short.
      const pause = (this.trouble && this.term ? this.options.renewalMs / 4 : this.options.renewalMs) - (performance.now() - began);
      await sleep(Math.max(5, pause), undefined, { signal }).catch(() => undefined);
    }
  }

  private async renew(): Promise<void> {
    const { store, partition, owner, publishedSeq } = this.options;
    const term = this.term!;
    const sentAt = performance.now();
    const seq = publishedSeq();
    if (await store.renew(partition, owner, term.epoch, seq)) {
      // Too late is too late: someone may have followed and let go again.
      if (!this.leads) return;
      term.confirmedAt = sentAt;
      this.record(seq);
    } else {
      this.lose('someone else has the lease');
    }
  }

  private async watch(): Promise<void> {
    const { store, partition, owner, lapseMs, ready, logger } = this.options;
    const state = await store.read(partition);
    const now = performance.now();
    if (state) this.record(state.publishedSeq);
    if (state && (!this.observed || this.observed.state.version !== state.version)) this.observed = { state, since: now };
    const free = !state || state.owner === '' || state.owner === owner || now - this.observed!.since >= lapseMs;
    if (!free || !ready() || this.stopping.signal.aborted) return;
    const sentAt = performance.now();
    const acquired = await store.acquire(partition, owner, state);
    if (!acquired) return;
    logger.info({ epoch: acquired.epoch, previous: state?.owner, publishedSeq: acquired.publishedSeq }, 'this process leads');
    this.record(acquired.publishedSeq);
    this.observed = undefined;
    this.options.onLeading(acquired.epoch);
    this.term = { epoch: acquired.epoch, confirmedAt: sentAt };
  }

  private record(seq: number): void {
    if (seq <= this.recorded) return;
    this.recorded = seq;
    this.options.onObserved(seq);
  }

  private lose(reason: string): void {
    if (!this.term) return;
    this.options.logger.warn({ epoch: this.term.epoch, reason }, 'this process leads no longer');
    this.term = undefined;
    this.options.onLost(reason);
  }
}
