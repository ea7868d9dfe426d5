import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type { Pool } from 'pg';
import type { EventRun } from '../domain';
import { inTrace, type Logger, metricFields, printMetrics, type Tracing } from '../runtime';
import { isRefusal, PartitionHaltedError, RefusedEventError, SequenceGapError } from './errors';
import { joinRuns } from './join-runs';
import { partitionOf, readRun } from './message';
import { countRefusal, haltPartition, releasePartition } from './partition';
import type { Projections } from './projections/projections';
import { type Queues, retryDelay, shortened } from './queues';
import { settleRun } from './settle';
import { departures, type TransferRelay } from './transfer-relay';

/** What the settlement of messages works with. */
export interface SettlementOptions {
  readonly pool: Pool;
  readonly queues: Queues;
  /** Read models and the trade stream; undefined in a system without them. */
  readonly projections?: Projections;
  /** Brings transfers to other partitions; undefined in a system with one. */
  readonly relay?: TransferRelay;
  readonly logger: Logger;
  /** Traces go on from messages that carry one; opened when the first does. */
  readonly tracing?: () => Promise<Tracing | undefined>;
  /** Dimension of the metrics. */
  readonly functionName: string;
  /** Refusals of a message after which it halts its partition. */
  readonly maxAttempts: number;
  /** Seconds. */
  readonly retryDelaySeconds: number;
}

/** Answer to a release. */
export interface ReleaseResult {
  readonly partition: number;
  /** False when the partition was not halted. */
  readonly released: boolean;
  readonly haltedSeq?: number;
  readonly reason?: string;
}

/** Work that is not begun with less time than this left: a connection and a few statements, at their slowest. */
const NEEDED_MS = 12_000;
/** Delays of an outage, in seconds: it waits for itself, and who comes back soon is not waited for any longer than that. */
const SHORTEST_DELAY = 1;
const LONGEST_DELAY = 1_200;
/** Longest delay of a halt: it waits for a person, who does not want to wait. */
const LONGEST_HALTED_DELAY = 300;

/** Applies messages of the settlement queue to the ledger, in order within each partition, and keeps those that cannot be. */
export class Settlement {
  constructor(private readonly options: SettlementOptions) {}

  /**
   * Settles a batch. After a message that stays, all later ones of its group stay too: a FIFO group moves only in order.
   *
   * @param remainingMs how much time the invocation has left
   */
  async settleBatch(records: readonly SQSRecord[], remainingMs: () => number = () => Infinity): Promise<SQSBatchResponse> {
    const batchItemFailures: { itemIdentifier: string }[] = [];
    const totals = { events: 0, lagMs: 0 };
    for (const group of groupsOf(records)) {
      const timeLeft = remainingMs();
      // Should that fail, there must be time left to do it one by one.
      const done = timeLeft >= 2 * NEEDED_MS ? await this.settleTogether(group, totals) : 0;
      for (const [i, record] of group.entries()) {
        if (i < done) continue;
        const delay = (i === 0 ? timeLeft : remainingMs()) < NEEDED_MS ? 0 : await this.settleMessage(record, totals);
        if (delay === undefined) continue;
        const left = group.slice(i);
        await this.options.queues.postpone(left, delay);
        batchItemFailures.push(...left.map(({ messageId }) => ({ itemIdentifier: messageId })));
        break;
      }
    }
    if (totals.events > 0) {
      const { functionName, logger } = this.options;
      const { events: SettledEvents, lagMs: SettlementLag } = totals;
      printMetrics(logger, functionName, { SettledEvents, SettlementLag }, 'settled', { messages: records.length, kept: batchItemFailures.length });
    }
    return { batchItemFailures };
  }

  /** Ends a halt. Harmless when there is none. */
  async release(partition: number): Promise<ReleaseResult> {
    const released = await releasePartition(this.options.pool, partition);
    if (!released) {
      this.options.logger.info({ partition }, 'release: the partition is not halted');
      return { partition, released: false };
    }
    this.options.logger.warn({ partition, ...released }, 'release: the halt is cleared, the message will be tried again');
    return { partition, released: true, haltedSeq: released.haltedSeq, reason: released.reason };
  }

  /**
   * Settles the first messages of a group as one run, in one transaction: a backlog is many small messages, and one by one they would
   * take as long as they took to arrive. Whatever stands in the way is found out by settling them one by one.
   *
   * @returns how many are done
   */
  private async settleTogether(group: readonly SQSRecord[], totals: { events: number; lagMs: number }): Promise<number> {
    if (group.length < 2) return 0;
    try {
      const { run, messages } = joinRuns(group.map(readRun));
      if (messages < 2) return 0;
      await this.settle(run, totals);
      return messages;
    } catch {
      return 0;
    }
  }

  /** @returns undefined when the message is done, otherwise the seconds after which to try it again */
  private async settleMessage(record: SQSRecord, totals: { events: number; lagMs: number }): Promise<number | undefined> {
    try {
      await this.settle(readRun(record), totals);
      return undefined;
    } catch (error) {
      try {
        return await this.keep(record, error);
      } catch (second) {
        // The ledger or the dead-letter queue cannot be reached: the same message comes back here.
        return this.keepUncounted(record, second);
      }
    }
  }

  /** Settles a run within the traces that it brings, of which a run without any knows nothing. */
  private async settle(run: EventRun, totals: { events: number; lagMs: number }): Promise<void> {
    const tracing = run.traces ? await this.options.tracing?.() : undefined;
    if (!tracing || !run.traces) return this.settleUntraced(run, totals);
    const spans = run.traces.map(({ seq, ...parent }) => (
      tracing.span('settle', parent, { kind: 'consumer', attributes: { partition: run.partition, seq, events: run.events.length } })));
    try {
      await inTrace(spans[0].context, () => this.settleUntraced(run, totals));
      for (const span of spans) span.end();
    } catch (error) {
      for (const span of spans) span.end(error);
      throw error;
    }
  }

  /** @throws whatever stands in the way; what the ledger has by then it keeps, and a second attempt finds it there */
  private async settleUntraced(run: EventRun, totals: { events: number; lagMs: number }): Promise<void> {
    const { pool, projections, logger } = this.options;
    const settled = await settleRun(pool, run);
    // What the ledger has may be missing elsewhere, when an attempt before got no further: the message stays until all have it.
    if (settled.outcome !== 'fenced') {
      await this.relay(run);
      await projections?.project(run);
    }
    if (settled.outcome === 'applied') {
      totals.events += settled.events;
      totals.lagMs = Math.max(totals.lagMs, Date.now() - run.events[run.events.length - settled.events].time);
    } else {
      const { partition, epoch, events } = run;
      logger.info({ partition, epoch, first: events[0].seq, last: events.at(-1)?.seq, ...settled },
        settled.outcome === 'old' ? 'a run that the ledger has is dropped' : 'a run of a replaced leader is dropped');
    }
  }

  /** Funds that left must arrive: without the other partition's log nothing here is done. */
  private async relay(run: EventRun): Promise<void> {
    const { relay, logger } = this.options;
    const transfers = departures(run.events);
    if (transfers.length === 0) return;
    if (!relay) throw new Error(`partition ${run.partition} sends funds to another one, but no JOURNAL_STREAM is configured to bring them there`);
    await relay.append(transfers);
    logger.info({ partition: run.partition, transfers: transfers.length }, 'transfers are on their way to other partitions');
  }

  private async keep(record: SQSRecord, error: unknown): Promise<number> {
    if (error instanceof PartitionHaltedError) return this.keepHalted(record, error);
    if (!isRefusal(error)) return this.keepUncounted(record, error);
    const { logger, pool, queues, maxAttempts, retryDelaySeconds, functionName } = this.options;
    const partition = partitionOf(record);
    const reason = shortened(error instanceof Error ? error.message : String(error));
    // Without a partition there is nothing to halt; such a message only holds up itself.
    const refusal = partition === undefined ? undefined : await countRefusal(pool, partition, record.messageId);
    if (refusal && refusal.haltedSeq !== null) {
      return this.keepHalted(record, new PartitionHaltedError(partition ?? -1, refusal.haltedSeq, refusal.haltedReason ?? ''));
    }
    const attempts = refusal?.count ?? Number(record.attributes.ApproximateReceiveCount);
    const seq = (error instanceof RefusedEventError ? error.seq : undefined) ?? refusal?.nextSeq;
    const fields = { partition, seq, attempts, messageId: record.messageId, err: error };
    if (attempts < maxAttempts) {
      logger.error(fields, 'a message was refused and will be tried again');
      return retryDelaySeconds;
    }
    // The copy first: a halted partition always has one.
    await queues.copyToDeadLetters(record, { partition, seq, reason });
    if (partition !== undefined && seq !== undefined) await haltPartition(pool, partition, seq, reason);
    logger.error({ ...fields, ...metricFields(functionName, { SettlementHalted: 1 }) },
      'the partition is halted: a message cannot be applied; a copy is in the dead-letter queue');
    return retryDelay(record, retryDelaySeconds, LONGEST_HALTED_DELAY);
  }

  private keepHalted(record: SQSRecord, error: PartitionHaltedError): number {
    const { logger, retryDelaySeconds, functionName } = this.options;
    logger.error({
      partition: error.partition, seq: error.haltedSeq, reason: error.message, messageId: record.messageId,
      ...metricFields(functionName, { SettlementHalted: 1 }),
    }, 'the partition is halted: its messages wait for a release');
    return retryDelay(record, retryDelaySeconds, LONGEST_HALTED_DELAY);
  }

  private keepUncounted(record: SQSRecord, error: unknown): number {
    const { logger, functionName } = this.options;
    const name = error instanceof SequenceGapError ? 'SettlementGap' : 'SettlementUnavailable';
    logger.error({ partition: partitionOf(record), messageId: record.messageId, err: error, ...metricFields(functionName, { [name]: 1 }) },
      error instanceof SequenceGapError ? 'a message waits for the events before it' : 'a message could not be settled now and will be tried again');
    return retryDelay(record, SHORTEST_DELAY, LONGEST_DELAY);
  }
}

/** The messages of each group, in the order of the batch. */
function groupsOf(records: readonly SQSRecord[]): SQSRecord[][] {
  const groups = new Map<string | undefined, SQSRecord[]>();
  for (const record of records) {
    const group = groups.get(record.attributes.MessageGroupId);
    if (group) group.push(record);
    else groups.set(record.attributes.MessageGroupId, [record]);
  }
  return [...groups.values()];
}
