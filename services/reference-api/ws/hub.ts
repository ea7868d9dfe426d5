import type { Redis } from 'ioredis';
import type { After, TopicRef } from './protocol';
import { type Sink, Topic } from './topic';
import { contextOf, type Logger, type Tracing } from '../../runtime';

export interface HubOptions {
  /** For last states. */
  readonly cache: Redis;
  /** Connection in subscriber mode. */
  readonly subscriber: Redis;
  readonly logger: Logger;
  /** Default: nothing is traced. */
  readonly tracing?: Tracing;
  /** The book of a symbol as JSON text; null when nobody can say. Default: what the cache has. */
  readonly bookOf?: (symbol: string) => Promise<string | null>;
  /** Longest wait for a subscription to stand, in milliseconds. */
  readonly joinTimeoutMs?: number;
  /** Milliseconds for which a topic that must be complete is still read when the last has left, so that whoever comes back misses nothing. */
  readonly resumeMs?: number;
}

/** The cache cannot be subscribed to at the moment. */
export class StreamUnavailableError extends Error {
  constructor(options?: ErrorOptions) {
    super('the stream is not available at the moment', options);
    this.name = 'StreamUnavailableError';
  }
}

/** Fans out what is published in the cache: one subscription per channel, however many connections read it. */
export class Hub {
  private readonly topics = new Map<string, Topic>();
  private connectedBefore = false;
  /** Called after an outage of the cache with the topics of which messages may be missing. */
  onGap: (topic: Topic) => void = () => undefined;

  constructor(private readonly options: HubOptions) {
    const { subscriber } = options;
    this.connectedBefore = subscriber.status === 'ready';
    subscriber.on('message', (channel: string, message: string) => this.receive(channel, message));
    subscriber.on('ready', () => this.reconnected());
  }

  get channels(): number {
    return this.topics.size;
  }

  /**
   * Subscribes a connection: it gets the last state, then all that follows.
   *
   * @param isOpen whether the connection still wants it when the subscription stands
   * @param after the last that the connection has
   * @returns whether messages may be missing
   * @throws StreamUnavailableError
   */
  async join(ref: TopicRef, sink: Sink, isOpen: () => boolean, after?: After): Promise<boolean> {
    let topic = this.topics.get(ref.channel);
    if (!topic) this.topics.set(ref.channel, topic = this.open(ref));
    try {
      await topic.ready;
    } catch (error) {
      throw new StreamUnavailableError({ cause: error });
    }
    // Left and opened again by others while we waited: once more, with the topic that is current.
    if (this.topics.get(ref.channel) !== topic) return this.join(ref, sink, isOpen, after);
    if (isOpen()) return topic.add(sink, after);
    this.closeIfUnused(topic);
    return false;
  }

  leave(channel: string, sink: Sink): void {
    const topic = this.topics.get(channel);
    if (topic?.sinks.delete(sink)) this.closeIfUnused(topic);
  }

  private open(ref: TopicRef): Topic {
    const topic = new Topic(ref);
    topic.ready = this.activate(topic);
    topic.ready.catch(() => this.close(topic));
    return topic;
  }

  private async activate(topic: Topic): Promise<void> {
    const { subscriber, cache, bookOf, joinTimeoutMs = 2_000 } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no subscription within ${joinTimeoutMs} ms`)), joinTimeoutMs);
    });
    try {
      await Promise.race([subscriber.subscribe(topic.ref.channel), late]);
      await topic.load(cache, bookOf);
    } finally {
      clearTimeout(timer);
    }
  }

  private closeIfUnused(topic: Topic): void {
    if (topic.sinks.size > 0) return;
    const { resumeMs = 30_000 } = this.options;
    if (topic.ref.kind !== 'complete' || resumeMs === 0) return this.close(topic);
    clearTimeout(topic.closing);
    topic.closing = setTimeout(() => topic.sinks.size === 0 && this.close(topic), resumeMs).unref();
  }

  /** Lets go of topics that nobody reads. */
  stop(): void {
    for (const topic of this.topics.values()) clearTimeout(topic.closing);
  }

  private close(topic: Topic): void {
    if (this.topics.get(topic.ref.channel) !== topic) return;
    this.topics.delete(topic.ref.channel);
    this.options.subscriber.unsubscribe(topic.ref.channel).catch(() => undefined);
  }

  private receive(channel: string, message: string): void {
    const topic = this.topics.get(channel);
    if (!topic) return;
    try {
      topic.publish(message);
      if (this.options.tracing) this.trace(this.options.tracing, topic, message);
    } catch (error) {
      this.options.logger.warn({ err: error, channel }, 'a published message cannot be read');
    }
  }

  /** A private message of a traced order says where it comes from. Within a text of a client a quote stands behind a backslash. */
  private trace(tracing: Tracing, topic: Topic, message: string): void {
    if (topic.ref.kind !== 'complete' || topic.sinks.size === 0) return;
    const from = contextOf(/"traceparent":"([^"\\]+)"/.exec(message)?.[1] ?? '');
    if (from) tracing.span('deliver order update', from, { kind: 'consumer', attributes: { connections: topic.sinks.size } }).end();
  }

  /** The subscriptions stand again soon; what was published meanwhile is in the last states, or lost. */
  private reconnected(): void {
    if (!this.connectedBefore) {
      this.connectedBefore = true;
      return;
    }
    const { subscriber, cache, bookOf, logger } = this.options;
    for (const topic of this.topics.values()) {
      // Once more, to know that the subscription stands before the state is read.
      subscriber.subscribe(topic.ref.channel).then(() => topic.load(cache, bookOf)).catch((error: unknown) => {
        logger.warn({ err: error, channel: topic.ref.channel }, 'the last state could not be loaded again');
      });
      topic.interrupt();
      if (topic.ref.kind === 'complete') this.onGap(topic);
    }
  }
}
