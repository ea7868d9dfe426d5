import { changedOnly, everyBook } from './all-markets';
import { Feed, type Reader } from './feed';
import { bookTicker, depthUpdate, klineEvent, partialBook, tickerEvent, miniTickerEvent, tradeEvents } from './views';
import { type BookView, bookChannel, depthChannel, type DepthUpdate, tradesChannel, type TradeView } from '../../../domain';
import type { Logger } from '../../../runtime';
import type { InstrumentCatalog } from '../../market/instrument-catalog';
import type { Hub } from '../../ws/hub';
import type { TopicKind, TopicRef } from '../../ws/protocol';
import type { Sink } from '../../ws/topic';
import { BAR_MINUTES, type BarInterval, type Bars, barStart } from '../bars';
import type { Statistics } from '../statistics';

/** Milliseconds between two looks at what changes with every trade. */
const SAMPLE_MS = 1_000;
const STREAM = /^([a-z0-9]{2,16})@([a-zA-Z0-9]+)(?:_([0-9a-zA-Z]+))?(?:@(100ms|1000ms))?$/;

export interface FeedParts {
  readonly hub: Hub;
  readonly catalog: InstrumentCatalog;
  readonly bars: Bars;
  readonly statistics: Statistics;
  readonly logger: Logger;
}

interface TopicSource {
  readonly channel: (symbol: string) => string;
  readonly name: string;
  readonly kind: TopicKind;
}

/** Begins to fill a stream; of all markets together the symbol says nothing. */
export type Open = (feed: Feed, symbol: string) => () => void;

/** The market's streams: each is opened for its first reader and closed after its last. */
export class Feeds {
  private readonly feeds = new Map<string, Feed>();

  constructor(private readonly parts: FeedParts) {}

  /** Whether there is such a stream. */
  has(name: string): boolean {
    return this.recipe(name) !== undefined;
  }

  /** @throws StreamUnavailableError while the cache cannot be subscribed to */
  async join(name: string, reader: Reader): Promise<void> {
    let feed = this.feeds.get(name);
    if (!feed) {
      const recipe = this.recipe(name);
      if (!recipe) return;
      feed = new Feed(name, recipe.kind);
      this.feeds.set(name, feed);
      feed.close = recipe.open(feed, recipe.symbol);
    }
    feed.add(reader);
    const opened = feed;
    await feed.ready.catch((error: unknown) => {
      this.leave(name, reader);
      if (this.feeds.get(name) === opened) this.end(opened);
      throw error;
    });
  }

  leave(name: string, reader: Reader): void {
    const feed = this.feeds.get(name);
    if (!feed) return;
    feed.remove(reader);
    if (feed.readers.size === 0) this.end(feed);
  }

  private end(feed: Feed): void {
    this.feeds.delete(feed.name);
    feed.close();
  }

  private recipe(name: string): { readonly symbol: string; readonly kind: 'latest' | 'complete'; readonly open: Open } | undefined {
    if (Object.hasOwn(OF_ALL, name)) return { symbol: '', kind: 'complete', open: OF_ALL[name](this.parts) };
    const [, lower, type, detail, speed] = STREAM.exec(name) ?? [];
    const symbol = lower?.toUpperCase();
    if (!symbol || !this.parts.catalog.get(symbol)) return undefined;
    if (type === 'kline' && detail !== undefined && Object.hasOwn(BAR_MINUTES, detail) && speed === undefined) {
      return { symbol, kind: 'latest', open: this.klines(detail as BarInterval) };
    }
    if (detail !== undefined || !Object.hasOwn(OPENERS, type)) return undefined;
    if (speed !== undefined && !type.startsWith('depth')) return undefined;
    return { symbol, ...OPENERS[type](this) };
  }

  /** A stream that is made of a topic of ours. What the topic had before counts as news only where the last message is all that matters. */
  topic<T>(of: TopicSource, view: (data: T) => readonly object[]): Open {
    return (feed, symbol) => {
      let open = true;
      let standing = of.kind === 'latest';
      const ref: TopicRef = { name: `${of.name}.${symbol}`, channel: of.channel(symbol), kind: of.kind };
      const sink: Sink = {
        deliver: (_topic, frame) => {
          if (!standing) return;
          const { data } = JSON.parse(frame.toString()) as { data: T };
          for (const event of view(data)) feed.publish(event);
        },
      };
      feed.ready = this.parts.hub.join(ref, sink, () => open).then(() => { standing = true; });
      return () => {
        open = false;
        this.parts.hub.leave(ref.channel, sink);
      };
    };
  }

  /** A stream that is looked at regularly, and said when it is not the same as before. */
  sampled(sample: (symbol: string, now: number) => Promise<readonly object[]>, keyOf: (event: object) => string): Open {
    return (feed, symbol) => {
      let before = '';
      let busy = false;
      const look = async (): Promise<void> => {
        if (busy) return;
        busy = true;
        try {
          for (const event of await sample(symbol, Date.now())) {
            const key = keyOf(event);
            if (key !== before) feed.publish(event);
            before = key;
          }
        } catch (error) {
          this.parts.logger.warn({ err: error, stream: feed.name }, 'a stream has nothing to say at the moment');
        } finally {
          busy = false;
        }
      };
      void look();
      const timer = setInterval(() => void look(), SAMPLE_MS).unref();
      return () => clearInterval(timer);
    };
  }

  get statistics(): Statistics {
    return this.parts.statistics;
  }

  private klines(interval: BarInterval): Open {
    let start: number | undefined;
    const { bars } = this.parts;
    return this.sampled(async (symbol, now) => {
      const events: object[] = [];
      const begun = barStart(now, interval);
      if (start !== undefined && begun > start) {
        // The bar before is over: said once more, as closed.
        const [closed] = await bars.read(symbol, interval, { from: start, to: begun - 1, limit: 1 }, now);
        if (closed) events.push(klineEvent(symbol, interval, closed, true, now));
      }
      start = begun;
      const current = await bars.current(symbol, interval, now);
      if (current) events.push(klineEvent(symbol, interval, current, false, now));
      return events;
    }, ({ k }: { k?: unknown }) => JSON.stringify(k));
  }
}

/** Streams of all markets together. */
const OF_ALL: Readonly<Record<string, (parts: FeedParts) => Open>> = {
  '!ticker@arr': (parts) => changedOnly(parts, SAMPLE_MS, (symbol, now) => parts.statistics.day(symbol, now).then((day) => tickerEvent(day, now)), still),
  '!miniTicker@arr': (parts) => changedOnly(parts, SAMPLE_MS, (symbol, now) => parts.statistics.day(symbol, now).then((day) => miniTickerEvent(day, now)), still),
  '!bookTicker': (parts) => everyBook(parts, SAMPLE_MS),
};

type Recipe = (feeds: Feeds) => { readonly kind: 'latest' | 'complete'; readonly open: Open };

const TRADES = { channel: tradesChannel, name: 'trades', kind: 'trades' } as const;
const BOOK = { channel: bookChannel, name: 'book', kind: 'latest' } as const;
const DEPTH = { channel: depthChannel, name: 'depth', kind: 'complete' } as const;

const partial = (levels: number): Recipe => (feeds) => ({
  kind: 'latest', open: feeds.topic<BookView>(BOOK, (book) => [partialBook(book, levels)]),
});

/** What of an event does not change by itself as time goes by. */
const still = ({ E: _, O: __, C: ___, ...rest }: { E?: unknown; O?: unknown; C?: unknown }): string => JSON.stringify(rest);

const OPENERS: Readonly<Record<string, Recipe>> = {
  trade: (feeds) => ({ kind: 'complete', open: feeds.topic<TradeView>(TRADES, (trade) => [tradeEvents(trade).trade]) }),
  aggTrade: (feeds) => ({ kind: 'complete', open: feeds.topic<TradeView>(TRADES, (trade) => [tradeEvents(trade).aggTrade]) }),
  depth: (feeds) => ({ kind: 'complete', open: feeds.topic<DepthUpdate>(DEPTH, (update) => [depthUpdate(update)]) }),
  depth5: partial(5),
  depth10: partial(10),
  depth20: partial(20),
  bookTicker: (feeds) => {
    let before = '';
    return {
      kind: 'latest',
      open: feeds.topic<BookView>(BOOK, (book) => {
        const event = bookTicker(book);
        const { u: _, ...best } = event;
        const key = JSON.stringify(best);
        if (key === before) return [];
        before = key;
        return [event];
      }),
    };
  },
  ticker: (feeds) => ({ kind: 'latest', open: feeds.sampled(async (symbol, now) => [tickerEvent(await feeds.statistics.day(symbol, now), now)], still) }),
  miniTicker: (feeds) => ({ kind: 'latest', open: feeds.sampled(async (symbol, now) => [miniTickerEvent(await feeds.statistics.day(symbol, now), now)], still) }),
};
