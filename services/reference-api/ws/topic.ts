import type { Redis } from 'ioredis';
import { frameOf, type TopicRef } from './protocol';
import { bookKey, tickerKey, TRADES_KEPT, tradesKey } from '../../domain';

/** Who receives a topic's messages. */
export interface Sink {
  deliver(topic: TopicRef, frame: Buffer): void;
}

interface Kept {
  readonly seq: number;
  readonly frame: Buffer;
}

/** One channel of the cache, its last state and the connections that read it. */
export class Topic {
  readonly sinks = new Set<Sink>();
  /** Resolves when the subscription stands and the last state is loaded. */
  ready: Promise<void> = Promise.resolve();
  /** Messages that came before the state was loaded; undefined afterwards. */
  private early: string[] | undefined = [];
  private kept: Kept[] = [];

  constructor(readonly ref: TopicRef) {}

  /** Takes what was published. */
  publish(json: string): void {
    if (this.early) this.early.push(json);
    else for (const frame of this.keep(json)) this.send(frame);
  }

  /**
   * Loads the last state from the cache, after the subscription stands so that nothing falls between the two; sends what is new in
   * it to those who are here already.
   */
  async load(cache: Redis, bookOf?: (symbol: string) => Promise<string | null>): Promise<void> {
    this.early ??= [];
    let state: string[] = [];
    try {
      state = await readState(cache, this.ref, bookOf);
    } finally {
      const waiting = this.early ?? [];
      this.early = undefined;
      // What was published meanwhile is newer than the state of a topic of which only the last message matters.
      const messages = this.ref.kind === 'latest' && waiting.length > 0 ? waiting.slice(-1) : [...state, ...waiting];
      for (const json of messages) this.publish(json);
    }
  }

  /** Gives a connection the last state; from then on it gets all that follows. */
  add(sink: Sink): void {
    for (const { frame } of this.kept) sink.deliver(this.ref, frame);
    this.sinks.add(sink);
  }

  private send(frame: Buffer): void {
    for (const sink of this.sinks) sink.deliver(this.ref, frame);
  }

  /** Remembers a message as far as its kind asks for it; answers the frames that are new. */
  private keep(json: string): Buffer[] {
    const { kind, name } = this.ref;
    if (kind === 'complete') return [frameOf(name, json)];
    if (kind === 'latest') {
      const frame = frameOf(name, json);
      this.kept = [{ seq: 0, frame }];
      return [frame];
    }
    const { seq } = JSON.parse(json) as { seq: number };
    // Already seen: in the state that was loaded, or because the matcher said it again after a takeover.
    if (seq <= (this.kept.at(-1)?.seq ?? -1)) return [];
    const frame = frameOf(name, json);
    this.kept = [...this.kept, { seq, frame }].slice(-TRADES_KEPT);
    return [frame];
  }
}

/** The last state of a topic, as the messages that would have led to it, oldest first. */
async function readState(cache: Redis, { channel, kind }: TopicRef, bookOf = (symbol: string) => cache.get(bookKey(symbol))): Promise<string[]> {
  if (kind === 'complete') return [];
  const symbol = channel.slice(channel.indexOf('.') + 1);
  if (kind === 'trades') return (await cache.lrange(tradesKey(symbol), 0, TRADES_KEPT - 1)).reverse();
  const last = await (channel.startsWith('book.') ? bookOf(symbol) : cache.get(tickerKey(symbol)));
  return last === null ? [] : [last];
}
