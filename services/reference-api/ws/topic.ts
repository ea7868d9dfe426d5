import type { Redis } from 'ioredis';
import { type After, frameOf, type TopicRef } from './protocol';
import { bookKey, tickerKey, TRADES_KEPT, tradesKey } from '../../domain';

/** Who receives a topic's messages. */
export interface Sink {
  deliver(topic: TopicRef, frame: Buffer): void;
}

interface Kept {
  readonly seq: number;
  readonly frame: Buffer;
}

/** Messages that a topic of which none may be missing keeps for those who come back. */
const RECENT = 500;

interface Numbered {
  readonly seq: number;
  readonly partition: string;
  readonly frame: Buffer;
}

/** One channel of the cache, its last state and the connections that read it. */
export class Topic {
  readonly sinks = new Set<Sink>();
  /** Ends the subscription after nobody has read it for a while. */
  closing: NodeJS.Timeout | undefined;
  /** Resolves when the subscription stands and the last state is loaded. */
  ready: Promise<void> = Promise.resolve();
  /** Messages that came before the state was loaded; undefined afterwards. */
  private early: string[] | undefined = [];
  private kept: Kept[] = [];
  /** The last messages of a complete topic, all of them since the subscription stands. */
  private recent: { readonly json: string; readonly frame: Buffer }[] = [];

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

  /**
   * Gives a connection the last state, or what it missed; from then on it gets all that follows.
   *
   * @param after the last that it has
   * @returns whether messages may be missing between that and what it got
   */
  add(sink: Sink, after?: After): boolean {
    this.sinks.add(sink);
    if (after !== undefined && this.ref.kind === 'complete') return this.resume(sink, after);
    const known = typeof after === 'number' && this.ref.kind === 'trades' ? after : -1;
    for (const { seq, frame } of this.kept) if (this.ref.kind === 'latest' || seq > known) sink.deliver(this.ref, frame);
    return known >= 0 && this.kept.length >= TRADES_KEPT && this.kept[0].seq > known;
  }

  /** Forgets what can no longer be gone on from: messages were missed. */
  interrupt(): void {
    this.recent = [];
  }

  private resume(sink: Sink, after: After): boolean {
    const messages = this.recent.flatMap(({ json, frame }) => numbered(json).map((one): Numbered => ({ ...one, frame })));
    const known = typeof after === 'number' ? { 0: after } : after;
    const gaps = Object.entries(known).map(([partition, seq]) => {
      const mine = messages.filter((one) => one.partition === partition);
      // Only what reaches back to the last that the client has proves that nothing is between.
      return !mine.some((one) => one.seq <= seq);
    });
    const frames = new Set(messages.filter(({ partition, seq }) => seq > (known[partition as keyof typeof known] ?? -1)).map(({ frame }) => frame));
    for (const frame of frames) sink.deliver(this.ref, frame);
    return gaps.includes(true);
  }

  private send(frame: Buffer): void {
    for (const sink of this.sinks) sink.deliver(this.ref, frame);
  }

  /** Remembers a message as far as its kind asks for it; answers the frames that are new. */
  private keep(json: string): Buffer[] {
    const { kind, name } = this.ref;
    if (kind === 'complete') {
      const frame = frameOf(name, json);
      if (this.recent.push({ json, frame }) > 2 * RECENT) this.recent = this.recent.slice(-RECENT);
      return [frame];
    }
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

/** Sequences in a message of a complete topic: one, or those of several that travel together. */
function numbered(json: string): readonly { readonly seq: number; readonly partition: string }[] {
  const data = JSON.parse(json) as { seq: number; partition?: number } | readonly { seq: number; partition?: number }[];
  return [data].flat().map(({ seq, partition = 0 }) => ({ seq, partition: String(partition) }));
}
