import type { Redis } from 'ioredis';
import type { MarketView } from './market-mirror';
import { type InstrumentSpec, INSTRUMENTS_KEY, ordersChannel, type OrderUpdate, type Ticker, tickerChannel, tickerKey } from '../../domain';

export interface CacheViewOptions {
  /** For commands. */
  readonly redis: Pick<Redis, 'get' | 'hget'>;
  /** For channels; subscribes again by itself after it lost its connection. */
  readonly subscriber: Redis;
  /** Account of the house. */
  readonly accountId: string;
}

/** The live market and the house's orders, as the cache shows them. */
export class CacheView implements MarketView {
  private readonly channels = new Map<string, Set<(text: string) => void>>();
  private readonly orderListeners = new Set<(update: OrderUpdate | undefined) => void>();
  private readonly ordersChannel: string;

  constructor(private readonly options: CacheViewOptions) {
    this.ordersChannel = ordersChannel(options.accountId);
    options.subscriber.on('message', (channel: string, text: string) => {
      for (const listener of this.channels.get(channel) ?? []) listener(text);
    });
    // What was said while there was no connection is lost.
    options.subscriber.on('ready', () => {
      for (const listener of this.orderListeners) listener(undefined);
    });
  }

  ticks(symbol: string, listener: (ticker: Ticker) => void): () => void {
    // The last one first: a quiet market says nothing for a while.
    this.options.redis.get(tickerKey(symbol)).then((text) => {
      const ticker = text === null ? undefined : parsed<Ticker>(text);
      if (ticker !== undefined && Date.now() - ticker.receivedTime < 5_000) listener(ticker);
    }, () => undefined);
    return this.listen(tickerChannel(symbol), (text) => {
      const ticker = parsed<Ticker>(text);
      if (ticker !== undefined) listener(ticker);
    });
  }

  orders(listener: (update: OrderUpdate | undefined) => void): () => void {
    this.orderListeners.add(listener);
    const stop = this.listen(this.ordersChannel, (text) => {
      const update = parsed<OrderUpdate>(text);
      if (update !== undefined) listener(update);
    });
    return () => {
      this.orderListeners.delete(listener);
      stop();
    };
  }

  async instrument(symbol: string): Promise<InstrumentSpec | undefined> {
    const text = await this.options.redis.hget(INSTRUMENTS_KEY, symbol);
    return text === null ? undefined : parsed<InstrumentSpec>(text);
  }

  private listen(channel: string, listener: (text: string) => void): () => void {
    const { subscriber } = this.options;
    const listeners = this.channels.get(channel) ?? new Set();
    this.channels.set(channel, listeners.add(listener));
    if (listeners.size === 1) subscriber.subscribe(channel).catch(() => undefined);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.channels.delete(channel);
      subscriber.unsubscribe(channel).catch(() => undefined);
    };
  }
}

/** The cache holds what our own services wrote; what cannot be read all the same is left out. */
function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
