import { SeededRandom } from './random';

/** One candle as the exchange writes it: opening time, open, high, low, close, volume, turnover. */
export type PastCandle = readonly [time: string, open: string, high: string, low: string, close: string, volume: string, turnover: string];

const MINUTE = 60_000;
/** Periods of the waves that a price is made of, in minutes: from half an hour to a month. */
const PERIODS = [31, 97, 307, 1_009, 3_001, 9_973, 43_201];

const KNOWN: Readonly<Record<string, { price: number; decimals: number }>> = {
  BTCUSDT: { price: 64_000, decimals: 1 },
  ETHUSDT: { price: 3_200, decimals: 2 },
};

/**
 * A market that does not exist, at any minute of any year: a price that follows from the symbol, the seed and the time alone, so that
 * whoever asks twice hears the same. It rises and falls often enough for averages to cross.
 */
export class PastMarket {
  private readonly waves: readonly { readonly period: number; readonly size: number; readonly phase: number }[];
  private readonly base: number;
  private readonly decimals: number;

  constructor(readonly symbol: string, seed: string) {
    const random = new SeededRandom(`${seed}/${symbol}/past`);
    const known = KNOWN[symbol] ?? { price: random.integer(1, 500), decimals: 4 };
    this.base = known.price;
    this.decimals = known.decimals;
    this.waves = PERIODS.map((period, i) => ({ period, size: 0.0015 * (i + 1), phase: random.next() * 2 * Math.PI }));
  }

  /** Price at a time in milliseconds of the epoch, as a decimal. */
  priceAt(time: number): string {
    return this.text(this.at(time / MINUTE));
  }

  /** The candle of the minute that opens at a time. */
  candle(time: number): PastCandle {
    const minute = time / MINUTE;
    const prices = [0, 0.25, 0.5, 0.75, 1].map((part) => this.at(minute + part));
    const volume = (1 + Math.abs(Math.sin(minute * 1.7)) * 9).toFixed(3);
    return [
      String(time), this.text(prices[0]), this.text(Math.max(...prices)), this.text(Math.min(...prices)), this.text(prices[4]), volume,
      (Number(volume) * prices[2]).toFixed(4),
    ];
  }

  private at(minute: number): number {
    const sum = this.waves.reduce((all, { period, size, phase }) => all + size * Math.sin(2 * Math.PI * minute / period + phase), 0);
    return this.base * Math.exp(sum);
  }

  private text(price: number): string {
    return price.toFixed(this.decimals);
  }
}
