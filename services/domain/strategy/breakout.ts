import type { Bar, Strategy, StrategyContext, StrategyFill } from './strategy';

/** Settings of `Breakout`. */
export interface BreakoutSettings {
  /** Bars whose highest price has to be passed. */
  readonly window: number;
  /** Hundredths of a per cent below the entry at which the loss is taken. */
  readonly stopBps: number;
  /** Hundredths of a per cent above the entry at which the profit is taken. */
  readonly targetBps: number;
  /** Lots of each position; 0 for as many as the cash is good for. */
  readonly lots: number;
}

/** Group of the two orders that close a position, by instrument. */
const groupOf = (instrument: number): number => instrument + 1;

/** Buys when the price passes the highest one of some time, with a stop below and a target above of which one ends the other. */
export class Breakout implements Strategy {
  private highs: Float64Array[] = [];
  private bars: number[] = [];
  private entries: number[] = [];
  private exits: number[][] = [];

  constructor(private readonly settings: BreakoutSettings) {}

  onStart({ instruments }: StrategyContext): void {
    this.highs = instruments.map(() => new Float64Array(this.settings.window));
    this.bars = instruments.map(() => 0);
    this.entries = instruments.map(() => 0);
    this.exits = instruments.map(() => []);
  }

  onBar({ instrument, high }: Bar, context: StrategyContext): void {
    const { window, lots } = this.settings;
    this.highs[instrument][this.bars[instrument]++ % window] = high;
    if (this.bars[instrument] < window || context.position(instrument) !== 0) return;
    // The highest price changes: the order that waits for it is made anew.
    if (this.entries[instrument] > 0) context.cancel(this.entries[instrument]);
    const wanted = lots > 0 ? lots : context.affordable(instrument);
    if (wanted <= 0) return;
    let highest = 0;
    for (const one of this.highs[instrument]) if (one > highest) highest = one;
    this.entries[instrument] = context.submit({ instrument, side: 'buy', type: 'stop', stop: highest + 1, lots: wanted });
  }

  onFill({ instrument, side, price }: StrategyFill, context: StrategyContext): void {
    if (side === 'sell') return;
    const { stopBps, targetBps } = this.settings;
    const lots = context.position(instrument);
    // After a second part of the entry the exits cover both.
    for (const id of this.exits[instrument]) context.cancel(id);
    const sell = { instrument, side: 'sell', lots, group: groupOf(instrument) } as const;
    this.exits[instrument] = [
      context.submit({ ...sell, type: 'stop', stop: Math.max(1, Math.floor(price * (10_000 - stopBps) / 10_000)) }),
      context.submit({ ...sell, type: 'limit', price: Math.ceil(price * (10_000 + targetBps) / 10_000) }),
    ];
  }
}
