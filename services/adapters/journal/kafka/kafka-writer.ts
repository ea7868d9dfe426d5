import { ProduceAcks, Producer } from '@platformatic/kafka';
import { clientSettings, kafkaCodesOf, type KafkaJournalOptions } from './kafka-connection';
import { refuseForeignFrame } from '../frame-check';
import type { JournalPosition, ProbedWriter } from '../journal';
import { type AppendOutcome, JournalUnavailableError } from '../journal-errors';

/** What a topic takes by default, less what a batch of one record adds. */
const MAX_FRAME_BYTES = 1024 * 1024 - 512;

/** Errors with which a broker says that nothing was written. */
const REFUSED = new Set(['MESSAGE_TOO_LARGE', 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_RECORD', 'NOT_ENOUGH_REPLICAS']);

/**
 * Appends to a Kafka topic, whose partition n is partition n of the venue; positions are offsets. The producer is idempotent and waits for
 * all replicas in sync. After a failure a new producer begins, as the old one's numbering may have a hole.
 */
export class KafkaJournalWriter implements ProbedWriter {
  private producer: Producer<Buffer, Buffer, Buffer, Buffer> | undefined;
  private partitions: Promise<number> | undefined;
  /** Per partition the last append: one is on its way at a time. */
  private readonly lanes = new Map<number, Promise<unknown>>();
  private closed = false;

  constructor(private readonly options: KafkaJournalOptions) {}

  async append(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    refuseForeignFrame(frame, partition, MAX_FRAME_BYTES);
    const before = this.lanes.get(partition) ?? Promise.resolve();
    const own = before.then(() => this.send(partition, frame));
    this.lanes.set(partition, own.catch(() => undefined));
    return own;
  }

  /** The topic has the partition. @throws JournalUnavailableError */
  async probe(partition: number): Promise<void> {
    const producer = this.begun();
    this.partitions = undefined;
    try {
      await this.inTime(this.check(producer, partition));
    } catch (error) {
      throw this.failed(producer, error, 'refused');
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.lanes.values());
    await this.producer?.close();
    this.producer = undefined;
  }

  private async send(partition: number, frame: Uint8Array): Promise<JournalPosition> {
    if (this.closed) throw new JournalUnavailableError('the journal is closed', 'refused');
    const { topic } = this.options;
    const producer = this.begun();
    try {
      await this.inTime(this.check(producer, partition));
    } catch (error) {
      // Nothing was to be written yet.
      throw this.failed(producer, error, 'refused');
    }
    try {
      const value = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
      const { offsets } = await this.inTime(producer.send({ messages: [{ topic, partition, value }] }));
      const offset = offsets?.find((one) => one.partition === partition)?.offset;
      if (offset === undefined) throw new JournalUnavailableError('the journal confirmed an append without a position', 'unknown');
      return String(offset);
    } catch (error) {
      throw this.failed(producer, error, outcomeOfKafka(error));
    }
  }

  private begun(): Producer<Buffer, Buffer, Buffer, Buffer> {
    return this.producer ??= new Producer({ ...clientSettings(this.options), idempotent: true, acks: ProduceAcks.ALL });
  }

  /** An idempotent producer repeats for ever by itself; whoever appends has a deadline, and a new producer begins behind it. */
  private async inTime<T>(work: Promise<T>): Promise<T> {
    const limitMs = this.options.requestTimeoutMs ?? 5_000;
    let timer: NodeJS.Timeout | undefined;
    work.catch(() => undefined);
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${limitMs} ms`)), limitMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async check(producer: Producer<Buffer, Buffer, Buffer, Buffer>, partition: number): Promise<void> {
    const { topic } = this.options;
    this.partitions ??= producer.metadata({ topics: [topic], autocreateTopics: false })
      .then(({ topics }) => topics.get(topic)?.partitionsCount ?? 0);
    const count = await this.partitions;
    if (partition >= count) {
      this.partitions = undefined;
      throw new JournalUnavailableError(`topic ${topic} has ${count} partitions, so there is no partition ${partition}; add partitions`, 'refused');
    }
  }

  private failed(producer: Producer<Buffer, Buffer, Buffer, Buffer>, error: unknown, outcome: AppendOutcome): JournalUnavailableError {
    if (error instanceof JournalUnavailableError) return error;
    if (this.producer === producer) {
      this.producer = undefined;
      this.partitions = undefined;
    }
    // Not awaited: a client that never had a connection does not end the wait for its closing.
    producer.close(true).catch(() => undefined);
    return new JournalUnavailableError(`could not append to topic ${this.options.topic}: ${reasonOf(error)}`, outcome, { cause: error });
  }
}

function outcomeOfKafka(error: unknown): AppendOutcome {
  const codes = kafkaCodesOf(error);
  return codes.length > 0 && codes.every((code) => REFUSED.has(code)) ? 'refused' : 'unknown';
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const codes = kafkaCodesOf(error);
  return codes.length > 0 ? `${message} (${codes.join(', ')})` : message;
}
