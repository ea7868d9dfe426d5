import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EventBus } from '../adapters/events/event-bus';
import type { JournalReader, JournalRecord } from '../adapters/journal/journal';
import type { LeaseStore } from '../adapters/lease/lease';
import { LeaseKeeper } from '../adapters/lease/lease-keeper';
import type { SnapshotStore } from '../adapters/snapshots/snapshot-store';
import { CorruptDataError, type Core } from '../domain';
import type { Logger } from '../runtime';
import { createCore, restoreCore } from './core';
import type { CacheWriter } from './projections/cache-writer';
import { Projections } from './projections/projections';
import { Outbox } from './publishing/outbox';
import { Publisher } from './publishing/publisher';
import { Snapshotter } from './publishing/snapshotter';

export interface MatcherOptions {
  readonly partition: number;
  readonly idempotencyWindowMs: number;
  /** Id of this process, different for every start. */
  readonly owner: string;
  readonly renewalMs: number;
  readonly lapseMs: number;
  readonly snapshotIntervalMs: number;
  readonly journal: JournalReader;
  readonly lease: LeaseStore;
  readonly snapshots: SnapshotStore;
  readonly bus: EventBus;
  readonly cache: CacheWriter;
  readonly logger: Logger;
  /** Called when the process cannot go on and a new start would help. */
  readonly onFatal: (error: unknown) => void;
  /** Events without a place in the queue beyond which the journal is not read on. */
  readonly maxUnpublished?: number;
  readonly publishSpacingMs?: number;
}

/** Commands after which other work gets its turn. */
const COMMANDS_PER_TURN = 1_000;
/** Longest time without any answer from the journal, in milliseconds. */
const JOURNAL_SILENCE_MS = 90_000;

/**
 * Follows the journal with the core and publishes what happens while it leads. Leader and standby do the same, but for the
 * publishing; so the standby takes over with what it has in memory.
 */
export class Matcher {
  private core: Core | undefined;
  private projections: Projections | undefined;
  private readonly outbox: Outbox;
  private readonly keeper: LeaseKeeper;
  private readonly publisher: Publisher;
  private readonly snapshotter: Snapshotter;
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private position: string | undefined;
  private lagMs = 0;
  private heardAt = performance.now();
  private caughtUp = false;
  /** Waits for the queue to take what is there. */
  private paused = false;
  private stopped: string | undefined;

  constructor(private readonly options: MatcherOptions) {
    const { partition, lease: store, bus, logger } = options;
    const outbox = this.outbox = new Outbox(options.maxUnpublished ?? 50_000);
    const keeper = this.keeper = new LeaseKeeper({
      store, partition, logger, owner: options.owner, renewalMs: options.renewalMs, lapseMs: options.lapseMs,
      ready: () => this.caughtUp || this.paused,
      publishedSeq: () => outbox.publishedSeq,
      onObserved: (seq) => outbox.markPublished(seq),
      onLeading: (epoch) => this.lead(epoch),
      onLost: () => this.follow(),
    });
    this.publisher = new Publisher({ partition, outbox, bus, logger, leads: () => keeper.leads, spacingMs: options.publishSpacingMs ?? 40 });
    options.cache.onReady(() => this.projections?.showAll());
    this.snapshotter = new Snapshotter({
      partition, logger, store: options.snapshots, intervalMs: options.snapshotIntervalMs,
      leads: () => keeper.leads,
      recordedSeq: () => keeper.recordedSeq,
      position: () => this.position,
      capture: () => this.core && { seq: this.core.lastSeq, position: this.position, state: this.core.snapshot() },
    });
  }

  /**
   * Restores the core and begins to follow the journal; the lease is watched meanwhile, so no time is lost.
   *
   * @throws CorruptDataError when the newest snapshot cannot be used
   */
  async start(): Promise<void> {
    const { partition, idempotencyWindowMs, snapshots, cache, logger } = this.options;
    this.keeper.start();
    const began = performance.now();
    const snapshot = await snapshots.load(partition);
    const core = this.core = snapshot ? restoreCore(snapshot.state, partition) : createCore({ partition, idempotencyWindowMs });
    if (snapshot && core.lastSeq !== snapshot.seq) throw new CorruptDataError(`the snapshot says ${snapshot.seq}, its core ${core.lastSeq}`);
    this.outbox.startAfter(core.lastSeq);
    this.position = snapshot?.position;
    this.projections = new Projections({ core, cache });
    logger.info({ seq: core.lastSeq, position: this.position, ms: Math.round(performance.now() - began) }, 'the core is restored');
    this.snapshotter.start(snapshot);
    this.loop = this.run(core).catch((error: unknown) => this.died(error));
  }

  get leads(): boolean {
    return this.keeper.leads;
  }

  /** Facts for the health report. */
  facts(): Record<string, string | number | boolean> {
    return {
      role: this.keeper.leads ? 'leader' : 'standby',
      epoch: this.keeper.epoch,
      lastSeq: this.core?.lastSeq ?? 0,
      publishedSeq: this.outbox.publishedSeq,
      unpublished: this.outbox.size,
      lagMs: this.lagMs,
      caughtUp: this.caughtUp,
    };
  }

  /** What is wrong, by the name of the check; undefined is well. */
  problems(): { readonly loop?: string; readonly journal?: string; readonly queue?: string; readonly lease?: string; readonly snapshots?: string } {
    const silentMs = performance.now() - this.heardAt;
    return {
      loop: this.stopped,
      journal: !this.paused && !this.stopped && silentMs > JOURNAL_SILENCE_MS ? `silent for ${Math.round(silentMs / 1_000)} s` : undefined,
      queue: this.publisher.problem ?? (this.paused ? `${this.outbox.size} events wait for the queue; the journal is not read on` : undefined),
      lease: this.keeper.problem,
      snapshots: this.snapshotter.problem,
    };
  }

  /** Stops reading, sends what is left, and lets go of the lease so that a standby follows at once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    await this.publisher.flush(5_000);
    await this.options.cache.flush();
    try {
      await this.keeper.stop();
    } finally {
      await this.snapshotter.stop();
    }
  }

  private async run(core: Core): Promise<void> {
    const { journal, partition } = this.options;
    const { signal } = this.stopping;
    let commands = 0;
    for await (const records of journal.read(partition, this.position, signal)) {
      this.heardAt = performance.now();
      if (records.length === 0) {
        this.caughtUp = true;
        this.lagMs = 0;
      }
      for (const record of records) {
        if (signal.aborted) return;
        this.apply(core, record);
        commands += record.commands.length;
        if (commands >= COMMANDS_PER_TURN) {
          commands = 0;
          await nextTurn();
        }
        if (this.outbox.full) await this.waitForRoom();
      }
    }
    if (!signal.aborted) throw new Error('the journal ended');
  }

  /** In one go: whoever looks at the core sees it between two records. */
  private apply(core: Core, record: JournalRecord): void {
    for (const command of record.commands) {
      const events = core.apply(command);
      if (command.type === 'configure_instrument' && events.length === 0) {
        const { symbol, version } = command.instrument;
        this.options.logger.info({ symbol, version }, 'an instrument configuration had no effect: its version is known, it is invalid, or it '
          + 'changes assets, tick or lot, which stay as they are for as long as the symbol exists');
      }
      this.outbox.push(events);
      this.projections?.observe(events);
    }
    this.position = record.position;
    this.lagMs = record.lagMs;
  }

  private async waitForRoom(): Promise<void> {
    this.paused = true;
    await this.outbox.until(() => !this.outbox.full, this.stopping.signal);
    this.paused = false;
    this.heardAt = performance.now();
  }

  private lead(epoch: number): void {
    this.publisher.lead(epoch);
    this.projections?.lead(this.outbox.peek());
  }

  private follow(): void {
    this.publisher.stop();
    this.projections?.stop();
  }

  private died(error: unknown): void {
    this.stopped = error instanceof Error ? error.message : String(error);
    if (!(error instanceof CorruptDataError)) {
      this.options.onFatal(error);
      return;
    }
    // Every process would stop at the same record, so this one stays and says why; what came before it is still published.
    this.options.logger.fatal({ err: error }, 'the journal is corrupt; nothing is skipped, so nothing more is applied');
  }
}
