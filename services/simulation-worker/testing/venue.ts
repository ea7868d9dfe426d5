import type { JournalWriter } from '../../adapters/journal/journal';
import { type Core, decodeCommandBatch, type Event, type InstrumentSpec, type OrderUpdate, type Ticker } from '../../domain';
import { createCore } from '../../reference-matcher/core';
import { BudgetOrders, orderUpdates } from '../../reference-matcher/projections/views';
import type { MarketView } from '../mirror/market-mirror';

export const SPEC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
  rules: { makerFeePpm: 100, takerFeePpm: 200, minNotional: '5', priceBandBps: 500, maxOpenOrders: 5 },
};

export const tick = (bidPrice: string, askPrice: string, lastPrice = bidPrice): Ticker => ({
  symbol: 'BTCUSDT', bidPrice, askPrice, lastPrice, exchangeTime: Date.now(), receivedTime: Date.now(), source: 'test',
});

/** A venue of one process: the real core behind a journal, and what the cache would show of it. */
export class TestVenue implements JournalWriter, MarketView {
  readonly core: Core;
  readonly events: Event[] = [];
  readonly frames: Uint8Array[] = [];
  /** Next appends fail; `written` after they took place. */
  readonly failures: ('refused' | 'written')[] = [];
  /** What the cache loses. */
  deaf = false;
  spec: InstrumentSpec | undefined = SPEC;
  private readonly tickListeners = new Set<(ticker: Ticker) => void>();
  private readonly orderListeners = new Set<(update: OrderUpdate | undefined) => void>();
  private readonly budgets = new BudgetOrders();

  constructor(private readonly accountId: string, private readonly partition = 0) {
    this.core = createCore({ partition, idempotencyWindowMs: 60_000 });
    this.core.apply({ type: 'configure_instrument', time: Date.now(), instrument: SPEC });
  }

  append(partition: number, frame: Uint8Array): Promise<string> {
    const batch = decodeCommandBatch(frame);
    if (partition !== this.partition || batch.partition !== partition) return Promise.reject(new Error(`this is partition ${this.partition}, not ${partition}`));
    const failure = this.failures.shift();
    if (failure === 'refused') return Promise.reject(new Error('refused'));
    this.frames.push(frame);
    for (const command of batch.commands) this.apply(command);
    return failure === 'written' ? Promise.reject(new Error('the answer was lost')) : Promise.resolve(String(this.frames.length));
  }

  apply(command: Parameters<Core['apply']>[0]): readonly Event[] {
    const events = this.core.apply(command);
    this.events.push(...events);
    for (const event of events) {
      const instrumentOf = (symbol: string) => this.core.instruments().find((one) => one.symbol === symbol);
      for (const [account, update] of orderUpdates(event, instrumentOf, this.budgets)) {
        if (account === this.accountId && !this.deaf) for (const listener of this.orderListeners) listener(update);
      }
    }
    return events;
  }

  ticks(_symbol: string, listener: (ticker: Ticker) => void): () => void {
    this.tickListeners.add(listener);
    return () => this.tickListeners.delete(listener);
  }

  orders(listener: (update: OrderUpdate | undefined) => void): () => void {
    this.orderListeners.add(listener);
    return () => this.orderListeners.delete(listener);
  }

  instrument(): Promise<InstrumentSpec | undefined> {
    return Promise.resolve(this.spec);
  }

  /** A tick of the live market. */
  say(ticker: Ticker): void {
    for (const listener of this.tickListeners) listener(ticker);
  }

  /** The cache's connection broke and is back. */
  interrupt(): void {
    for (const listener of this.orderListeners) listener(undefined);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** The book as people read it: prices and quantities in ticks and lots. */
  book(): { bids: [number, number][]; asks: [number, number][] } {
    const { bids, asks } = this.core.levels('BTCUSDT', 50);
    const pairs = (levels: typeof bids): [number, number][] => levels.map(({ priceTicks, quantityLots }) => [priceTicks, quantityLots]);
    return { bids: pairs(bids), asks: pairs(asks) };
  }
}
