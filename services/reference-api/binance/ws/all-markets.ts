import type { FeedParts, Open } from './feeds';
import { bookTicker } from './views';
import { type BookView, bookChannel } from '../../../domain';
import type { TopicRef } from '../../ws/protocol';
import type { Sink } from '../../ws/topic';

/** A stream that says regularly, in one list, which markets are not as they were before. Who comes later hears of the others when they change. */
export function changedOnly(
  { catalog, logger }: FeedParts, everyMs: number, sample: (symbol: string, now: number) => Promise<object>, keyOf: (event: object) => string,
): Open {
  return (feed) => {
    const told = new Map<string, string>();
    let busy = false;
    const look = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      try {
        const now = Date.now();
        const symbols = catalog.list().map(({ symbol }) => symbol);
        const events = await Promise.all(symbols.map((symbol) => sample(symbol, now)));
        const changed = events.filter((event, at) => {
          const key = keyOf(event);
          if (told.get(symbols[at]) === key) return false;
          told.set(symbols[at], key);
          return true;
        });
        if (changed.length > 0) feed.publish(changed);
      } catch (error) {
        logger.warn({ err: error, stream: feed.name }, 'a stream has nothing to say at the moment');
      } finally {
        busy = false;
      }
    };
    void look();
    const timer = setInterval(() => void look(), everyMs).unref();
    return () => clearInterval(timer);
  };
}

/** The best prices of every book, whenever those of one change; of instruments that are new as well. */
export function everyBook({ catalog, hub, logger }: FeedParts, everyMs: number): Open {
  return (feed) => {
    const books = new Map<string, Sink>();
    let open = true;
    const join = (symbol: string): Promise<unknown> => {
      let before = '';
      const sink: Sink = {
        deliver: (_topic, frame) => {
          const event = bookTicker((JSON.parse(frame.toString()) as { data: BookView }).data);
          const { u: _, ...best } = event;
          const key = JSON.stringify(best);
          if (key !== before) feed.publish(event);
          before = key;
        },
      };
      const ref: TopicRef = { name: `book.${symbol}`, channel: bookChannel(symbol), kind: 'latest' };
      books.set(symbol, sink);
      return hub.join(ref, sink, () => open).catch((error: unknown) => {
        // Tried again with those that are new.
        books.delete(symbol);
        throw error;
      });
    };
    const joinNew = (): Promise<unknown> => Promise.all(catalog.list().filter(({ symbol }) => !books.has(symbol)).map(({ symbol }) => join(symbol)));
    feed.ready = joinNew().then(() => undefined);
    const timer = setInterval(() => {
      joinNew().catch((error: unknown) => logger.warn({ err: error, stream: feed.name }, 'a book cannot be followed at the moment'));
    }, everyMs).unref();
    return () => {
      open = false;
      clearInterval(timer);
      for (const [symbol, sink] of books) hub.leave(bookChannel(symbol), sink);
    };
  };
}
