import { Consumer, type RecordsBatch } from '@platformatic/kafka';
import { clientSettings, kafkaCodesOf, type KafkaJournalOptions } from './kafka-connection';
import type { Logger } from '../../../runtime';
import { Backoff } from '../backoff';
import type { JournalPosition, JournalReader, JournalRecord } from '../journal';
import { JournalUnreadableError } from '../journal-errors';
import { checkedRecords, corruptRecord, type RawRecord } from '../records';
import { sequenceAfter } from '../sequences';

export interface KafkaReaderOptions extends KafkaJournalOptions {
  readonly logger: Logger;
}

/** Milliseconds that a broker holds a question back when nothing is new; it answers as soon as something is. */
const MAX_WAIT_MS = 250;
const ANSWER_BYTES = 8 * 1024 * 1024;
const EARLIEST = -2n;
const LATEST = -1n;
/** Of the records in a transaction's own language, which are nobody's commands. */
const CONTROL = 0x20;

/** Nobody may read it, or there is no such topic: waiting changes neither. */
const PERMANENT = new Set(['TOPIC_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION', 'SASL_AUTHENTICATION_FAILED']);

interface Place {
  readonly topicId: string;
  readonly leader: number;
  readonly leaderEpoch: number;
}

interface Answer {
  readonly batches: readonly RecordsBatch[];
  readonly end: number;
}

/** Reads a partition of a Kafka topic from its leader. No consumer group: whoever reads says from where, and the lease says who leads. */
export class KafkaJournalReader implements JournalReader {
  private readonly consumer: Consumer<Buffer, Buffer, Buffer, Buffer>;

  constructor(private readonly options: KafkaReaderOptions) {
    this.consumer = new Consumer({ ...clientSettings(options), groupId: `${options.clientId}-reads-by-offset`, maxWaitTime: MAX_WAIT_MS });
  }

  async* read(partition: number, after: JournalPosition | undefined, signal: AbortSignal): AsyncGenerator<readonly JournalRecord[]> {
    const { topic, logger } = this.options;
    const where = `partition ${partition} of topic ${topic}`;
    const isPermanent = (error: unknown): boolean => kafkaCodesOf(error).some((code) => PERMANENT.has(code));
    const backoff = new Backoff({ what: 'reading the journal', where, signal, logger, isPermanent });
    let place: Place | undefined;
    let next: number | undefined;
    while (!signal.aborted) {
      let answer: Answer;
      try {
        place ??= await this.find(partition);
        next ??= await this.begin(partition, after, where);
        answer = await this.fetch(place, partition, next);
        backoff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        place = undefined;
        await backoff.failed(error);
        continue;
      }
      if (signal.aborted) return;
      const { raw, missing, behindMs } = inOrder(answer.batches, next);
      const more = next + raw.length < answer.end;
      const { records, corrupt } = checkedRecords(raw, partition, more ? behindMs : 0, where);
      if (records.length > 0) yield records;
      if (corrupt) throw corrupt;
      if (missing !== undefined) throw corruptRecord(where, String(missing), 'it is not there, although later ones are');
      next += raw.length;
      if (!more && !signal.aborted) yield [];
    }
  }

  async close(): Promise<void> {
    await this.consumer.close(true);
  }

  private async find(partition: number): Promise<Place> {
    const { topic } = this.options;
    const { topics } = await this.consumer.metadata({ topics: [topic], autocreateTopics: false, forceUpdate: true });
    const found = topics.get(topic);
    const { leader, leaderEpoch } = found?.partitions[partition] ?? {};
    if (!found || leader === undefined || leaderEpoch === undefined) {
      throw new JournalUnreadableError(`topic ${topic} has ${found?.partitionsCount ?? 0} partitions, so there is no partition ${partition}; add partitions or change PARTITION`);
    }
    return { topicId: found.id, leader, leaderEpoch };
  }

  private async begin(partition: number, after: JournalPosition | undefined, where: string): Promise<number> {
    const { topic } = this.options;
    const offsets = async (timestamp: bigint): Promise<number> => {
      const found = await this.consumer.listOffsets({ topics: [topic], partitions: { [topic]: [partition] }, timestamp });
      // One place per partition that was asked for, or one per partition of the topic.
      const list = found.get(topic) ?? [];
      return Number(list[partition] ?? list[0]);
    };
    const [oldest, end] = await Promise.all([offsets(EARLIEST), offsets(LATEST)]);
    return sequenceAfter(after, end - 1, oldest, where, 0);
  }

  private async fetch({ topicId, leader, leaderEpoch }: Place, partition: number, from: number): Promise<Answer> {
    const { responses } = await this.consumer.fetch({
      node: leader, minBytes: 1, maxBytes: ANSWER_BYTES, maxWaitTime: MAX_WAIT_MS,
      topics: [{
        topicId,
        partitions: [{
          partition, currentLeaderEpoch: leaderEpoch, fetchOffset: BigInt(from), lastFetchedEpoch: -1, partitionMaxBytes: ANSWER_BYTES,
        }],
      }],
    });
    const found = responses[0]?.partitions[0];
    return { batches: found?.records ?? [], end: Number(found?.highWatermark ?? from) };
  }
}

/** The records from an offset on, up to the first gap. A batch may begin before it: brokers hand out whole batches. */
function inOrder(batches: readonly RecordsBatch[], from: number):
{ readonly raw: readonly RawRecord[]; readonly missing?: number; readonly behindMs: number } {
  const raw: RawRecord[] = [];
  let behindMs = 0;
  for (const { firstOffset, records, attributes, maxTimestamp } of batches) {
    behindMs = Math.max(0, Date.now() - Number(maxTimestamp));
    for (const { offsetDelta, value } of records) {
      const offset = Number(firstOffset) + offsetDelta;
      if (offset < from) continue;
      if (offset !== from + raw.length || (attributes & CONTROL) !== 0) return { raw, missing: from + raw.length, behindMs };
      raw.push({ position: String(offset), frame: value ?? Buffer.alloc(0) });
    }
  }
  return { raw, behindMs };
}
