import { Account } from './account';
import type { Assumptions } from './assumptions';
import { Matching, Moment } from './matching';
import { workingOrder, type WorkingOrder } from './orders';
import { Random } from './random';
import { type FillColumns, Recorder } from './recorder';
import type { BarSeries } from './series';
import { type Bar, type Strategy, type StrategyContext, StrategyError, type StrategyFault, type StrategyFill, type StrategyOrder, type Tick } from '../../domain/strategy';

const DAY = 86_400_000;

/** What a run came to. Amounts in smallest units of the quote asset. */
export interface RunResult {
  /** `stopped`: the strategy broke a rule or ran out of money; everything else here is what was until then. */
  readonly status: 'completed' | 'stopped';
  readonly fault?: { readonly code: StrategyFault | 'bankrupt'; readonly message: string; readonly time: number };
  readonly bars: number;
  readonly firstTime: number;
  readonly lastTime: number;
  readonly finalUnits: number;
  readonly feeUnits: number;
  readonly fills: FillColumns;
  readonly orders: number;
  /** Orders that were cut to what the account could bear, or ended because they would have taken and were not to. */
  readonly cutOrders: number;
  /** Lots that are held at the end, by instrument. */
  readonly lots: readonly number[];
  readonly days: { readonly times: Float64Array; readonly equity: Float64Array };
  /** Share of the best equity so far, from 0. */
  readonly maxDrawdown: number;
  /** Longest time below a best equity, in milliseconds. */
  readonly longestDrawdownMs: number;
  /** Share of the moments at which anything was held or owed. */
  readonly exposure: number;
  /** Last prices, in ticks. */
  readonly closes: readonly number[];
}

export interface SimulationOptions {
  readonly assumptions: Assumptions;
  readonly seed: number;
  /** Milliseconds since 1970 before which the strategy only watches: its orders are not placed, and nothing counts. */
  readonly tradeFrom?: number;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** One strategy over one span of bars. The same series, strategy and options give the same result, whatever else happens. */
export class Simulation implements StrategyContext {
  readonly instruments: StrategyContext['instruments'];
  private readonly account: Account;
  private readonly matchings: Matching[];
  private readonly recorder = new Recorder();
  private readonly numbers: Random;
  /** Next bar of each series. */
  private readonly at: Float64Array;
  private readonly closes: Float64Array;
  private readonly bars: Mutable<Bar>[];
  private readonly ticks: Mutable<Tick>[];
  private readonly fillView: Mutable<StrategyFill> = {
    instrument: 0, orderId: 0, side: 'buy', time: 0, price: 0, lots: 0, fee: 0, liquidity: 'taker', remaining: 0,
  };

  private readonly open = new Map<number, WorkingOrder>();
  private time: number;
  private nextOrder = 1;
  private ordersOnBar = 0;
  private processed = 0;
  private moments = 0;
  private exposedMoments = 0;
  private value: number;
  private peak: number;
  private peakTime: number;
  private maxDrawdown = 0;
  private longestDrawdown = 0;
  private dayStart = -1;
  private firstTime = 0;
  private lastTime = 0;
  private fault: RunResult['fault'];
  private started = false;
  private isUnder = false;
  private readonly tradeFrom: number;
  /** Whose fault an error is. */
  private isInStrategy = false;

  /** @throws RangeError when series do not fit each other */
  constructor(private readonly series: readonly BarSeries[], private readonly strategy: Strategy, private readonly options: SimulationOptions) {
    const { assumptions, seed } = options;
    if (series.length === 0) throw new RangeError('a run needs at least one instrument');
    const [{ instrument: { quote }, intervalMs }] = series;
    for (const one of series) {
      if (one.instrument.quote.code !== quote.code || one.instrument.quote.decimals !== quote.decimals) throw new RangeError('all instruments of a run are paid in the same asset');
      if (one.intervalMs !== intervalMs) throw new RangeError('all bars of a run last equally long');
    }
    this.tradeFrom = options.tradeFrom ?? -Infinity;
    this.instruments = series.map(({ instrument }) => instrument);
    this.account = new Account(this.instruments, assumptions);
    this.matchings = series.map((_, i) => new Matching(i, this.account, assumptions,
      (order, price, lots, fee, isMaker) => this.filled(order, price, lots, fee, isMaker), (group, but) => this.endGroup(group, but)));
    this.numbers = new Random(seed);
    this.at = new Float64Array(series.length);
    this.closes = new Float64Array(series.length);
    this.bars = series.map((_, instrument) => ({ instrument, time: 0, open: 0, high: 0, low: 0, close: 0, volume: 0 }));
    this.ticks = series.map((_, instrument) => ({ instrument, time: 0, price: 0, volume: 0 }));
    this.value = this.peak = assumptions.startUnits;
    this.time = this.peakTime = Math.min(...series.map(({ times, length }) => (length > 0 ? times[0] : Infinity)));
  }

  /**
   * Runs on. What the strategy does wrong ends the run and is in the result; it is never thrown.
   *
   * @param most bars of all instruments together after which to return
   * @returns whether the run is over
   */
  run(most = Infinity): boolean {
    if (this.fault !== undefined) return true;
    try {
      if (!this.started) {
        this.started = true;
        this.firstTime = this.time;
        this.isInStrategy = true;
        this.strategy.onStart?.(this);
        this.isInStrategy = false;
      }
      const isOver = this.series.length === 1 ? this.runOne(most) : this.runMany(most);
      if (isOver) this.endDay();
      return isOver;
    } catch (error) {
      if (!this.isInStrategy) throw error;
      this.fault = faultOf(error, this.time);
      this.endDay();
      return true;
    }
  }

  result(): RunResult {
    const { account, recorder } = this;
    const under = this.value < this.peak ? this.lastTime - this.peakTime : 0;
    return {
      status: this.fault === undefined ? 'completed' : 'stopped',
      ...(this.fault === undefined ? {} : { fault: this.fault }),
      bars: this.processed,
      firstTime: this.firstTime,
      lastTime: this.lastTime,
      finalUnits: this.value,
      feeUnits: account.fees,
      fills: recorder.fillColumns(),
      orders: this.nextOrder - 1,
      cutOrders: this.matchings.reduce((sum, { cut }) => sum + cut, 0),
      lots: [...account.lots],
      days: recorder.dailyEquity(),
      maxDrawdown: this.maxDrawdown,
      longestDrawdownMs: Math.max(this.longestDrawdown, under),
      exposure: this.moments === 0 ? 0 : this.exposedMoments / this.moments,
      closes: [...this.closes],
    };
  }

  /** How many fills there were so far. */
  get fillCount(): number {
    return this.recorder.fillCount;
  }

  now(): number {
    return this.time;
  }

  position(instrument: number): number {
    return this.account.lots[instrument];
  }

  openOrders(instrument: number): number {
    let count = 0;
    for (const order of this.open.values()) if (order.instrument === instrument) count++;
    return count;
  }

  affordable(instrument: number): number {
    const price = this.closes[instrument];
    return price === 0 ? 0 : this.account.affordable(instrument, price, this.options.assumptions.takerFeePpm);
  }

  equity(): number {
    return this.account.equity(this.closes);
  }

  random(): number {
    return this.numbers.next();
  }

  submit(request: StrategyOrder): number {
    const { maxOrdersPerBar, maxOpenOrders } = this.options.assumptions;
    const order = workingOrder(this.nextOrder, request, this.series.length);
    if (++this.ordersOnBar > maxOrdersPerBar) throw new StrategyError('order_flood', `the strategy placed more than ${maxOrdersPerBar} orders on one bar`);
    if (this.open.size >= maxOpenOrders) throw new StrategyError('order_flood', `the strategy has more than ${maxOpenOrders} open orders`);
    if (this.time < this.tradeFrom) return this.nextOrder++;
    this.open.set(order.id, order);
    this.matchings[order.instrument].add(order);
    return this.nextOrder++;
  }

  cancel(orderId: number): void {
    const order = this.open.get(orderId);
    if (order === undefined) return;
    order.hasEnded = true;
    this.open.delete(orderId);
    // Inside a bar the matching walks over its orders; it forgets the ended ones itself.
    const matching = this.matchings[order.instrument];
    if (matching.moment === Moment.OUTSIDE) matching.sweep();
  }

  private runOne(most: number): boolean {
    const [series] = this.series;
    const { length } = series;
    const end = Math.min(length, this.at[0] + most);
    for (let i = this.at[0]; i < end; i++) {
      this.at[0] = i + 1;
      this.match(0, i);
      this.moment(series.times[i], series.intervalMs);
      if (this.fault !== undefined) return true;
      this.tell(0, i);
    }
    return end === length;
  }

  /** Instruments side by side: all that opens at the same time is filled before a strategy hears of any close of that time. */
  private runMany(most: number): boolean {
    const { series, at } = this;
    const enough = this.processed + most;
    while (this.processed < enough) {
      let time = Infinity;
      for (let s = 0; s < series.length; s++) if (at[s] < series[s].length && series[s].times[at[s]] < time) time = series[s].times[at[s]];
      if (time === Infinity) return true;
      for (let s = 0; s < series.length; s++) {
        if (at[s] >= series[s].length || series[s].times[at[s]] !== time) continue;
        this.match(s, at[s]++);
      }
      this.moment(time, series[0].intervalMs);
      if (this.fault !== undefined) return true;
      for (let s = 0; s < series.length; s++) {
        const last = at[s] - 1;
        if (last >= 0 && series[s].times[last] === time) this.tell(s, last);
      }
    }
    return false;
  }

  private match(s: number, i: number): void {
    const { open, high, low, close, volume, times } = this.series[s];
    this.processed++;
    this.ordersOnBar = 0;
    const matching = this.matchings[s];
    if (matching.orders.length > 0) {
      this.time = times[i];
      const { endings } = matching;
      matching.bar(open[i], high[i], low[i], close[i], volume[i]);
      if (matching.endings !== endings) this.forgetEnded();
    }
    this.closes[s] = close[i];
  }

  /** All bars of a time are over: what is everything worth now. */
  private moment(time: number, intervalMs: number): void {
    const now = time + intervalMs;
    if (time < this.tradeFrom) {
      this.time = this.firstTime = this.lastTime = this.peakTime = now;
      return;
    }
    const value = this.account.equity(this.closes);
    const day = time - time % DAY;
    if (day !== this.dayStart) {
      if (this.dayStart >= 0) this.recorder.day(this.dayStart, this.value);
      this.dayStart = day;
    }
    this.value = value;
    this.time = this.lastTime = now;
    this.moments++;
    for (let s = 0; s < this.closes.length; s++) {
      if (this.account.lots[s] !== 0) {
        this.exposedMoments++;
        break;
      }
    }
    if (value >= this.peak) {
      if (this.isUnder && now - this.peakTime > this.longestDrawdown) this.longestDrawdown = now - this.peakTime;
      this.isUnder = false;
      this.peak = value;
      this.peakTime = now;
      return;
    }
    this.isUnder = true;
    const depth = (this.peak - value) / this.peak;
    if (depth > this.maxDrawdown) this.maxDrawdown = depth;
    if (value <= 0) this.fault = { code: 'bankrupt', message: 'the account is worth nothing any more', time: now };
  }

  private tell(s: number, i: number): void {
    const { open, high, low, close, volume, times, kind } = this.series[s];
    const { strategy } = this;
    this.ordersOnBar = 0;
    this.isInStrategy = true;
    if (kind === 'ticks') {
      if (strategy.onTick !== undefined) {
        const tick = this.ticks[s];
        tick.time = times[i];
        tick.price = close[i];
        tick.volume = volume[i];
        strategy.onTick(tick, this);
      }
    } else if (strategy.onBar !== undefined) {
      const bar = this.bars[s];
      bar.time = times[i];
      bar.open = open[i];
      bar.high = high[i];
      bar.low = low[i];
      bar.close = close[i];
      bar.volume = volume[i];
      strategy.onBar(bar, this);
    }
    this.isInStrategy = false;
  }

  private filled(order: WorkingOrder, price: number, lots: number, fee: number, isMaker: boolean): void {
    this.recorder.fill(this.time, order.instrument, order.id, order.isBuy ? lots : -lots, price, fee, isMaker);
    const { strategy, fillView: view } = this;
    if (strategy.onFill === undefined) return;
    view.instrument = order.instrument;
    view.orderId = order.id;
    view.side = order.isBuy ? 'buy' : 'sell';
    view.time = this.time;
    view.price = price;
    view.lots = lots;
    view.fee = fee;
    view.liquidity = isMaker ? 'maker' : 'taker';
    view.remaining = order.remaining;
    this.isInStrategy = true;
    strategy.onFill(view, this);
    this.isInStrategy = false;
  }

  private endDay(): void {
    if (this.dayStart >= 0) this.recorder.day(this.dayStart, this.value);
    this.dayStart = -1;
  }

  private endGroup(group: number, but: WorkingOrder): void {
    for (const order of this.open.values()) if (order.group === group && order !== but) this.cancel(order.id);
  }

  private forgetEnded(): void {
    for (const order of this.open.values()) if (order.hasEnded) this.open.delete(order.id);
  }
}

function faultOf(error: unknown, time: number): NonNullable<RunResult['fault']> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof StrategyError) return { code: error.code, message, time };
  return { code: 'strategy_threw', message: `the strategy threw: ${message}`, time };
}
