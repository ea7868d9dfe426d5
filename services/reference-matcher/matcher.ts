import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { CoreBuild } from './core-build';
import type { EventBus } from '../adapters/events/event-bus';
import type { JournalReader, JournalRecord } from '../adapters/journal/journal';
import { JournalUnreadableError } from '../adapters/journal/journal-errors';
import type { LeaseStore } from '../adapters/lease/lease';
import { LeaseKeeper } from '../adapters/lease/lease-keeper';
import type { SnapshotStore, StoredSnapshot } from '../adapters/snapshots/snapshot-store';
import { type Command, type CommandTrace, CorruptDataError, type Event, type TraceContext, UnsupportedVersionError } from '../domain';
import { type Logger, type SpanAttributes, stageBegins, stageEnds, stageSince, type Tracing } from '../runtime';
import { fits, OverrunError, PlacedCore } from './placed-core';
import type { CacheWriter } from './projections/cache-writer';
import { Projections } from './projections/projections';
import { EventTraces } from './publishing/event-traces';
import { Outbox } from './publishing/outbox';
import { Publisher } from './publishing/publisher';
import { Snapshotter } from './publishing/snapshotter';
import { coreQuery } from './query/core-query';
import type { QuerySource } from './query/query-service';

export interface MatcherOptions {
  readonly partition: number;
  readonly build: CoreBuild;
  readonly idempotencyWindowMs: number;
  /** Id of this process, different for every start. */
  readonly owner: string;
  readonly renewalMs: number;
  readonly lapseMs: number;
  readonly snapshotIntervalMs: number;
  /** Whether it waits for a snapshot where there is none, instead of beginning a venue that has seen nothing; default false. */
  readonly snapshotRequired?: boolean;
  readonly journal: JournalReader;
  readonly lease: LeaseStore;
  readonly snapshots: SnapshotStore;
  readonly bus: EventBus;
  readonly cache: CacheWriter;
  readonly logger: Logger;
  /** Traces go on from the journal's records while this process leads; without it they end there. */
  readonly tracing?: Tracing;
  /** Called when the process cannot go on and a new start would help. */
  readonly onFatal: (error: unknown) => void;
  /** Events without a place in the queue beyond which the journal is not read on. */
  readonly maxUnpublished?: number;
  readonly publishSpacingMs?: number;
  /** Published events that must lie ahead for a record to be replayed without its events. */
  readonly replayMargin?: number;
}

/** Commands after which other work gets its turn. */
const COMMANDS_PER_TURN = 1_000;
/** Longest time without any answer from the journal, in milliseconds. */
const JOURNAL_SILENCE_MS = 90_000;
/** More than the events of any one record of a journal, as far as anybody has seen. */
const REPLAY_MARGIN = 100_000;

/** What is wrong, by the name of the check; undefined is well. */
export interface MatcherProblems {
  readonly loop?: string;
  readonly journal?: string;
  readonly queue?: string;
  readonly lease?: string;
  readonly snapshots?: string;
}

/**
 * Follows the journal with the core and publishes what happens while it leads. Leader and standby do the same, but for the
 * publishing; so the standby takes over with what it has in memory.
 */
export class Matcher {
  private placed: PlacedCore | undefined;
  private projections: Projections | undefined;
  private readonly outbox: Outbox;
  private readonly traces = new EventTraces();
  private readonly keeper: LeaseKeeper;
  private readonly publisher: Publisher;
  private readonly snapshotter: Snapshotter;
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private lagMs = 0;
  private heardAt = performance.now();
  private caughtUp = false;
  /** Waits for the queue to take what is there. */
  private paused = false;
  private waiting: string | undefined;
  private stopped: string | undefined;
  /** Went through an upgrade of which no snapshot was saved yet. */
  private upgraded = false;
  /** Met an upgrade that only a newer build can follow, and has left it all that it needs. */
  private retired = false;

  constructor(private readonly options: MatcherOptions) {
    const { partition, lease: store, bus, logger } = options;
    const outbox = this.outbox = new Outbox(options.maxUnpublished ?? 50_000);
    const keeper = this.keeper = new LeaseKeeper({
      store, partition, logger, owner: options.owner, renewalMs: options.renewalMs, lapseMs: options.lapseMs,
      ready: () => !this.retired && (this.caughtUp || this.paused || this.stopped !== undefined),
      publishedSeq: () => outbox.publishedSeq,
      onObserved: (seq) => outbox.markPublished(seq),
      onLeading: (epoch) => this.lead(epoch),
      onLost: () => this.follow(),
    });
    this.publisher = new Publisher({
      partition, outbox, traces: this.traces, bus, logger, leads: () => keeper.leads, spacingMs: options.publishSpacingMs ?? 40,
    });
    options.cache.onReady(() => this.projections?.showAll());
    this.snapshotter = new Snapshotter({
      partition, logger, store: options.snapshots, intervalMs: options.snapshotIntervalMs,
      leads: () => keeper.leads,
      recordedSeq: () => keeper.recordedSeq,
      position: () => this.placed?.position,
      capture: () => this.placed?.capture(),
      encode: (capture) => options.build.encode(capture),
    });
  }

  /**
   * Restores the core and begins to follow the journal; the lease is watched meanwhile, so no time is lost.
   *
   * @throws CorruptDataError when the newest snapshot cannot be used
   */
  async start(): Promise<void> {
    this.keeper.start();
    const snapshot = await this.usableSnapshot();
    if (this.stopping.signal.aborted) return;
    this.restore(snapshot);
    this.snapshotter.start(snapshot);
    this.loop = this.run(snapshot).catch((error: unknown) => this.died(error));
  }

  get leads(): boolean {
    return this.keeper.leads;
  }

  /** Milliseconds by which the core is behind the journal; one that has stopped is further behind with every moment. */
  get coreLagMs(): number {
    const stands = this.paused || this.stopped !== undefined || this.waiting !== undefined;
    return this.lagMs + (stands ? performance.now() - this.heardAt : 0);
  }

  /** Events that are not known to be in the settlement queue. */
  get unpublished(): number {
    return this.outbox.size;
  }

  /** Facts for the health report. */
  facts(): Record<string, string | number | boolean> {
    const { newest } = this.snapshotter;
    return {
      role: this.keeper.leads ? 'leader' : 'standby',
      epoch: this.keeper.epoch,
      lastSeq: this.placed?.core.lastSeq ?? 0,
      publishedSeq: this.outbox.publishedSeq,
      unpublished: this.outbox.size,
      lagMs: this.lagMs,
      caughtUp: this.caughtUp,
      position: this.placed?.position ?? '',
      version: this.placed?.core.version ?? 0,
      newestVersion: this.options.build.newestVersion,
      ...(newest ? { snapshotSeq: newest.seq, snapshotAgeSeconds: Math.max(0, Math.round((Date.now() - newest.at) / 1_000)) } : {}),
      platform: `node ${process.versions.node} ${process.platform}/${process.arch}`,
    };
  }

  problems(): MatcherProblems {
    const silentMs = performance.now() - this.heardAt;
    return {
      loop: this.stopped,
      journal: !this.paused && !this.stopped && !this.waiting && silentMs > JOURNAL_SILENCE_MS ? `silent for ${Math.round(silentMs / 1_000)} s` : undefined,
      queue: this.publisher.problem ?? (this.paused ? `${this.outbox.size} events wait for the queue; the journal is not read on` : undefined),
      lease: this.keeper.problem,
      snapshots: this.waiting ?? this.snapshotter.problem,
    };
  }

  /** What can be asked of the core from outside. */
  query(): QuerySource {
    return coreQuery({
      build: this.options.build,
      placed: () => this.placed,
      state: () => ({ leads: this.keeper.leads, epoch: this.keeper.epoch, publishedSeq: this.outbox.publishedSeq, caughtUp: this.caughtUp }),
    });
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

  /**
   * The newest snapshot; where one is required and missing, the one that somebody makes out of the ledger. A build that no longer shows an
   * old behaviour waits for the one that the builds before it leave at the upgrade: it never replays commands that are older than its behaviour.
   */
  private async usableSnapshot(): Promise<StoredSnapshot | undefined> {
    const { partition, snapshots, build, snapshotRequired = false, logger } = this.options;
    for (;;) {
      const snapshot = await snapshots.load(partition);
      const usable = snapshot ? fits(build, snapshot) : !snapshotRequired;
      if (usable || this.stopping.signal.aborted) return snapshot;
      if (snapshot && snapshot.version > build.newestVersion) {
        throw new CorruptDataError(`the newest snapshot, at event ${snapshot.seq}, is of behaviour ${snapshot.version}; this build knows up to `
          + `${build.newestVersion}. Start a newer build`);
      }
      const reason = snapshot ? `waits for the snapshot at the upgrade to behaviour ${build.oldestVersion}; the newest one is of ${snapshot.version}`
        : 'waits for a snapshot: there is none, and the core is not to begin with nothing; rebuild it from the ledger (npm run rebuild-core)';
      if (this.waiting === undefined) logger.warn({ seq: snapshot?.seq }, reason);
      this.waiting = reason;
      await sleep(1_000, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  private restore(snapshot: StoredSnapshot | undefined): void {
    const { partition, idempotencyWindowMs, build, cache, logger } = this.options;
    const began = performance.now();
    this.waiting = undefined;
    const placed = this.placed = new PlacedCore({ build, partition, idempotencyWindowMs }, snapshot);
    this.outbox.startAfter(placed.core.lastSeq);
    this.projections?.stop();
    this.projections = new Projections({ core: placed.core, cache });
    const { lastSeq: seq, version } = placed.core;
    logger.info({ seq, version, position: placed.position, ms: Math.round(performance.now() - began) }, 'the core is restored');
  }

  private async run(snapshot: StoredSnapshot | undefined): Promise<void> {
    try {
      await this.readOn(true);
    } catch (error) {
      if (!(error instanceof OverrunError)) throw error;
      this.options.logger.warn({ reason: error.message }, 'the core is restored once more');
      this.outbox.restart();
      this.restore(snapshot);
      await this.readOn(false);
    }
  }

  /** @param quick whether records whose events are published long since may be applied without them */
  private async readOn(quick: boolean): Promise<void> {
    const { journal, partition, replayMargin = REPLAY_MARGIN } = this.options;
    const { signal } = this.stopping;
    const placed = this.placed!;
    let commands = 0;
    for await (const records of journal.read(partition, placed.position, signal)) {
      this.heardAt = performance.now();
      if (records.length === 0) {
        this.caughtUp = true;
        this.lagMs = 0;
      }
      for (const record of records) {
        if (signal.aborted) return;
        const recorded = this.keeper.recordedSeq;
        if (quick && recorded - placed.core.lastSeq >= replayMargin) this.replay(placed, record, recorded);
        else commands += this.apply(placed, record);
        this.lagMs = record.lagMs;
        if (commands >= COMMANDS_PER_TURN) {
          commands = 0;
          await nextTurn();
        }
        if (this.outbox.full) await this.waitForRoom();
      }
    }
    if (!signal.aborted) throw new Error('the journal ended');
  }

  private replay(placed: PlacedCore, record: JournalRecord, recordedSeq: number): void {
    placed.replay(record, recordedSeq);
    this.outbox.startAfter(placed.core.lastSeq);
  }

  /** In one go: whoever looks at the core sees it between two records. @returns number of commands */
  private apply(placed: PlacedCore, record: JournalRecord): number {
    const { leads } = this.keeper;
    let began = stageBegins();
    const traces = this.options.tracing && leads ? record.traces : undefined;
    let startMs = traces ? now() : 0;
    placed.apply(record, (command, events, index) => {
      if (began !== 0 && leads && command.type === 'place_order') {
        // The core's step is everything at once: balance and hold, the book, the fills.
        stageEnds('core', began);
        stageSince('delivery', command.time);
      }
      if (command.type === 'configure_instrument' && events.length === 0) this.explain(command);
      this.upgraded ||= events.some(({ type }) => type === 'upgraded');
      this.publish(events, traces && this.trace(command, events, traces.find((each) => each.index === index), startMs));
      began = stageBegins();
      if (traces) startMs = now();
    });
    if (this.keeper.leads) this.saveIfUpgraded();
    return record.commands.length;
  }

  private publish(events: readonly Event[], trace?: TraceContext): void {
    if (trace) this.traces.note(events, trace);
    this.outbox.push(events);
    this.projections?.observe(events, trace);
  }

  /** The span of one command, which the core has applied by now: it knows nothing of it, and is the same core. */
  private trace(command: Command, events: readonly Event[], parent: CommandTrace | undefined, startMs: number): TraceContext | undefined {
    if (!parent) return undefined;
    const attributes: SpanAttributes = {
      'partition': this.options.partition, 'command.type': command.type, 'events': events.length, ...(events.length > 0 ? { seq: events[0].seq } : {}),
    };
    const span = this.options.tracing!.span(`apply ${command.type}`, parent, { kind: 'consumer', startMs, attributes });
    span.end();
    return span.context;
  }

  private explain({ instrument: { symbol, version } }: Extract<Command, { type: 'configure_instrument' }>): void {
    this.options.logger.info({ symbol, version }, 'an instrument configuration had no effect: its version is known, it is invalid, or it '
      + 'changes assets, tick or lot, which stay as they are for as long as the symbol exists');
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
    this.saveIfUpgraded();
  }

  private follow(): void {
    this.publisher.stop();
    this.projections?.stop();
  }

  /** So that nobody who starts from now on has to go through what came before an upgrade. */
  private saveIfUpgraded(): void {
    if (!this.upgraded) return;
    this.upgraded = false;
    void this.saveNow();
  }

  private async saveNow(): Promise<boolean> {
    return this.snapshotter.save().catch((error: unknown) => {
      this.options.logger.warn({ reason: String(error) }, 'the snapshot at the upgrade could not be saved');
      return false;
    });
  }

  private died(error: unknown): void {
    const { logger, onFatal } = this.options;
    this.stopped = error instanceof Error ? error.message : String(error);
    if (error instanceof UnsupportedVersionError) {
      logger.fatal({ err: error }, 'a newer build has to go on from here; this one leaves it a snapshot');
      void this.handOver();
    } else if (error instanceof CorruptDataError || error instanceof JournalUnreadableError) {
      // Every process would stop at the same record, so this one stays and says why; what came before it is still published.
      logger.fatal({ err: error }, 'the journal cannot be applied; nothing is skipped, so nothing more is applied');
    } else {
      onFatal(error);
    }
  }

  /** Saves the state right before the upgrade, once all that happened before is published, and lets a newer build lead. */
  private async handOver(): Promise<void> {
    const { signal } = this.stopping;
    // Until then it may lead: when the leader is lost right here, nobody else has the events before the upgrade.
    while (!signal.aborted && !await this.saveNow()) await sleep(500, undefined, { signal }).catch(() => undefined);
    this.retired = true;
    if (!signal.aborted) await this.keeper.stop();
  }
}

/** Milliseconds since 1970, with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
