import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BarBuilder } from './bar-builder';
import { Holdings, type KeptHoldings } from './holdings';
import type { JournalWriter } from '../../adapters/journal/journal';
import {
  type Command, defineInstrument, encodeCommand, encodeCommandBatch, type Instrument, newOrderId, type OrderUpdate, parseDecimal, type Ticker,
  watchedOrderId,
} from '../../domain';
import { makeStrategy, type Strategy, type StrategyContext, StrategyError, type StrategyOrder, type StrategySettings } from '../../domain/strategy';
import type { Logger } from '../../runtime';
import type { MarketView } from '../mirror/market-mirror';
import type { JobContext } from '../queue/worker';

export interface LiveStrategyOptions {
  readonly symbol: string;
  /** Where the symbol trades. Default 0. */
  readonly partition?: number;
  /** Account that it trades with, and nobody else: its open orders in the symbol are taken back at the beginning and the end. */
  readonly accountId: string;
  readonly strategy: { readonly name: string; readonly settings: StrategySettings };
  readonly intervalMs: number;
  /** What it may spend, in units of the quote asset, as a decimal. */
  readonly budget: string;
  readonly limits: LiveLimits;
  readonly journal: JournalWriter;
  readonly view: MarketView;
  readonly logger: Logger;
  /** Where it is kept what it holds and which orders are its own, so that another worker can go on; without it the account must be its own. */
  readonly memory?: StrategyMemory;
  /** Hears why it was ended, when it broke a rule. */
  readonly onEnded?: (error: StrategyError) => void;
}

/** What outlasts the worker of a strategy. */
export interface StrategyState {
  readonly holdings: KeptHoldings;
  /** Orders that may be open. */
  readonly open: readonly string[];
}

export interface StrategyMemory {
  readonly initial: StrategyState | undefined;
  /** @returns whether the strategy is still this worker's */
  save(state: StrategyState): Promise<boolean>;
  /** What became of an order. */
  updates(orderId: string): Promise<readonly OrderUpdate[]>;
}

export interface LiveLimits {
  readonly ordersPerSecond: number;
  readonly openOrders: number;
  /** Longest time of one call. */
  readonly callMs: number;
}

const APPEND_TRIES = 5;
/** Milliseconds for which the orders of the worker before are waited for. */
const SETTLE_MS = 10_000;

/**
 * Runs a strategy of the catalogue against the live market: the class that backtests run. Bars are made of the ticks of its symbol, orders go
 * into the journal like everybody's, fills come back on the account's channel. A strategy that breaks a rule is ended, with its orders.
 */
export class LiveStrategy implements StrategyContext {
  instruments: readonly Instrument[] = [];
  private strategy!: Strategy;
  private holdings!: Holdings;
  private readonly bars: BarBuilder;
  /** Orders that have not ended: ids of the venue by those of the strategy, and the other way round. */
  private readonly open = new Map<number, string>();
  private readonly numbers = new Map<string, number>();
  private nextOrder = 1;
  private price = 0;
  private time = 0;
  private tokens: number;
  private filledAt = 0;
  private ending: Error | undefined;
  private sent: Promise<void> = Promise.resolve();

  constructor(private readonly options: LiveStrategyOptions) {
    this.bars = new BarBuilder(options.intervalMs);
    this.tokens = options.limits.ordersPerSecond;
  }

  /** Runs until the signal aborts, or the strategy breaks a rule. @throws when the journal refuses for long: the job is then tried again */
  async run({ signal, works }: JobContext): Promise<void> {
    const { view, symbol, strategy, budget, logger, memory, onEnded } = this.options;
    const instrument = await this.instrument(signal);
    if (instrument === undefined) return;
    this.instruments = [instrument];
    this.holdings = new Holdings(instrument, parseDecimal(budget, instrument.quote.decimals, 'budget'), memory?.initial?.holdings);
    this.strategy = makeStrategy(strategy.name, strategy.settings);
    if (memory === undefined) this.append(this.takeBackAll());
    else if (!await this.settle(memory, signal)) return;
    const stopOrders = view.orders((update) => this.learn(update));
    this.call(() => this.strategy.onStart?.(this));
    const stopTicks = view.ticks(symbol, (ticker) => this.hear(ticker));
    try {
      while (!signal.aborted && this.ending === undefined) {
        await sleep(100, undefined, { signal }).catch(() => undefined);
        await this.sent;
        works();
      }
    } finally {
      stopTicks();
      stopOrders();
    }
    // Somebody else may have the job when it is lost, and orders that are not ours to touch.
    if (signal.reason !== 'lost') for (const command of this.takeBack()) this.append(command);
    await this.sent;
    if (this.ending instanceof StrategyError) {
      logger.error({ err: this.ending, symbol, strategy: strategy.name }, 'a strategy was ended');
      onEnded?.(this.ending);
    } else if (this.ending !== undefined) {
      throw this.ending;
    }
  }

  /** Ends the orders of the worker before, and books what nobody was there to hear of. @returns whether it may begin */
  private async settle(memory: StrategyMemory, signal: AbortSignal): Promise<boolean> {
    const before = memory.initial?.open ?? [];
    for (const orderId of before) this.append(this.cancelling(orderId));
    await this.sent;
    const limit = Date.now() + SETTLE_MS;
    let updates: OrderUpdate[] = [];
    for (let missing = before; missing.length > 0;) {
      const all = await Promise.all(before.map((orderId) => memory.updates(orderId)));
      missing = before.filter((_, at) => !all[at].some(endsOrder));
      updates = all.flat();
      if (missing.length === 0) break;
      // The next try begins here again.
      if (Date.now() > limit) throw new Error(`nobody says what became of ${missing.length} orders of a strategy`);
      await sleep(100, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return false;
    }
    for (const update of updates.sort((a, b) => a.seq - b.seq)) this.holdings.fill(update);
    if (this.ending !== undefined) throw this.ending;
    return memory.save({ holdings: this.holdings.kept, open: [] });
  }

  now(): number {
    return this.time;
  }

  position(): number {
    return this.holdings.lots;
  }

  openOrders(): number {
    return this.open.size;
  }

  affordable(): number {
    return this.holdings.affordable(this.price);
  }

  equity(): number {
    return this.holdings.equity(this.price);
  }

  random(): number {
    return Math.random();
  }

  submit(order: StrategyOrder): number {
    const { ordersPerSecond, openOrders } = this.options.limits;
    const now = Date.now();
    this.tokens = Math.min(ordersPerSecond, this.tokens + (now - this.filledAt) / 1_000 * ordersPerSecond);
    this.filledAt = now;
    if (this.tokens < 1) throw new StrategyError('order_flood', `the strategy placed more than ${ordersPerSecond} orders in a second`);
    if (this.open.size >= openOrders) throw new StrategyError('order_flood', `the strategy has more than ${openOrders} open orders`);
    this.tokens--;
    const number = this.nextOrder++;
    const command = this.place(order, now);
    this.open.set(number, command.orderId);
    this.numbers.set(command.orderId, number);
    // Written down before it can be in the market.
    this.keep();
    this.append(command);
    return number;
  }

  cancel(number: number): void {
    const orderId = this.open.get(number);
    if (orderId !== undefined) this.append(this.cancelling(orderId));
  }

  private hear({ lastPrice, exchangeTime }: Ticker): void {
    if (this.ending !== undefined) return;
    const [instrument] = this.instruments;
    const price = Math.floor(Number(lastPrice) * 10 ** instrument.tickDecimals / instrument.tickUnits + 1e-6);
    if (!Number.isSafeInteger(price) || price < 1) return;
    this.price = price;
    this.time = Math.max(this.time, exchangeTime);
    const bar = this.bars.add(exchangeTime, price);
    if (bar !== undefined) this.call(() => this.strategy.onBar?.(bar, this));
    this.call(() => this.strategy.onTick?.({ instrument: 0, time: exchangeTime, price, volume: 0 }, this));
  }

  private learn(update: OrderUpdate | undefined): void {
    // What was missed may have been fills: nobody knows what the strategy holds. The next try begins anew.
    if (update === undefined) return this.end(new Error('updates of orders were missed'));
    const number = this.numbers.get(update.orderId);
    if (number === undefined || this.ending !== undefined) return;
    const fill = this.holdings.fill(update);
    if (update.status !== undefined && update.status !== 'open') {
      this.open.delete(number);
      this.numbers.delete(update.orderId);
    }
    if (fill !== undefined || !this.numbers.has(update.orderId)) this.keep();
    if (update.event === 'rejected') this.options.logger.warn({ symbol: update.symbol, reason: update.reason }, 'an order of a strategy was rejected');
    if (fill !== undefined) this.call(() => this.strategy.onFill?.({ ...fill, orderId: number }, this));
  }

  /** Calls the strategy; what it throws, and a call that takes too long, end it. */
  private call(work: () => void): void {
    if (this.ending !== undefined) return;
    const { callMs } = this.options.limits;
    const began = performance.now();
    try {
      work();
      const took = performance.now() - began;
      if (took > callMs) throw new StrategyError('strategy_stuck', `a call of the strategy took ${Math.round(took)} ms, ${callMs} are allowed`);
    } catch (error) {
      this.end(error instanceof StrategyError ? error : new StrategyError('strategy_threw', `the strategy threw: ${(error as Error).message}`, { cause: error }));
    }
  }

  private end(error: Error): void {
    this.ending ??= error;
  }

  private place({ side, type, lots, price = 0, stop = 0, immediateOrCancel = false, postOnly = false, group = 0 }: StrategyOrder,
    time: number): Command & { orderId: string } {
    const { accountId, symbol, partition } = this.options;
    const wanted = type === 'limit' ? price : type === 'stop' ? stop : 1;
    for (const one of [lots, wanted]) if (!Number.isSafeInteger(one) || one < 1) throw new StrategyError('invalid_order', `prices and lots must be whole numbers above 0, got ${one}`);
    if (group !== 0) throw new StrategyError('invalid_order', 'orders that end each other are not placed live yet');
    const made = newOrderId(time, partition);
    const orderId = this.options.memory === undefined ? made : watchedOrderId(made);
    return {
      type: 'place_order', time, orderId, accountId, clientOrderId: orderId, digest: createHash('sha256').update(orderId).digest('hex').slice(0, 32), symbol, side,
      orderType: type === 'stop' ? 'stop_loss' : type, timeInForce: type === 'limit' && !immediateOrCancel ? 'gtc' : type === 'stop' ? 'gtc' : 'ioc', postOnly,
      selfTradePrevention: 'none', priceTicks: type === 'limit' ? price : 0, triggerTicks: type === 'stop' ? stop : 0, quantityLots: lots, quoteBudget: 0,
    };
  }

  /** What it has in the market: of an account that is its own everything, else its own orders. */
  private takeBack(): Command[] {
    return this.options.memory === undefined ? [this.takeBackAll()] : Array.from(this.open.values(), (orderId) => this.cancelling(orderId));
  }

  private takeBackAll(): Command {
    return { type: 'cancel_all', time: Date.now(), accountId: this.options.accountId, symbol: this.options.symbol };
  }

  private cancelling(orderId: string): Command {
    return { type: 'cancel_order', time: Date.now(), orderId, accountId: this.options.accountId, clientOrderId: '' };
  }

  /** Writes down what it holds and what may be open, before whatever is sent next. */
  private keep(): void {
    const { memory } = this.options;
    if (memory === undefined) return;
    const state: StrategyState = { holdings: this.holdings.kept, open: [...this.open.values()] };
    this.sent = this.sent.then(async () => {
      if (this.ending !== undefined) return;
      const saved = await memory.save(state).catch((error: unknown) => this.end(error as Error));
      if (saved === false) this.end(new Error('the strategy is another worker\'s now'));
    });
  }

  /** One after the other, each until the journal has it: its ids make a second one harmless. */
  private append(command: Command): void {
    const { journal, partition = 0 } = this.options;
    const frame = encodeCommandBatch(partition, [encodeCommand(command)]);
    this.sent = this.sent.then(async () => {
      // What could not be written down is not sent; taking back always is.
      if (this.ending !== undefined && command.type === 'place_order') return;
      for (let attempt = 1; ; attempt++) {
        try {
          await journal.append(partition, frame);
          return;
        } catch (error) {
          if (attempt === APPEND_TRIES) return this.end(error as Error);
          await sleep(100 * 2 ** attempt);
        }
      }
    });
  }

  private async instrument(signal: AbortSignal): Promise<Instrument | undefined> {
    while (!signal.aborted) {
      const spec = await this.options.view.instrument(this.options.symbol).catch(() => undefined);
      if (spec !== undefined) return defineInstrument(spec);
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }
}

function endsOrder({ event, status, reason }: OrderUpdate): boolean {
  return event === 'rejected' || status === 'filled' || status === 'cancelled' || (event === 'cancel_rejected' && reason === 'unknown_order');
}
