import type { Averages } from './job';
import type { Instrument } from '../../domain';

/** Closing prices in ticks, oldest first; every number is a whole one. */
export interface Series {
  readonly times: readonly number[];
  readonly ticks: readonly number[];
}

/** Money that a strategy trades with. */
export interface Stake {
  /** Smallest units of the quote asset. */
  readonly units: number;
  /** Fee of each trade, in millionths, rounded up. */
  readonly feePpm: number;
}

/** How a pair of averages did. */
export interface Performance extends Averages {
  /** Smallest units of the quote asset, with what is still held at the last price. */
  readonly finalUnits: number;
  readonly trades: number;
  /** Deepest fall below the best value so far, in hundredths of a per cent. */
  readonly maxDrawdownBps: number;
}

/** Called with the value at each candle, in smallest units of the quote asset. */
export type Observer = (index: number, units: number) => void;

const PPM = 1_000_000;
const NOBODY: Observer = () => undefined;

/**
 * Buys with everything when the fast average of the closes rises above the slow one, and sells everything when it falls below. Orders are
 * filled at the close that decided them. Whole numbers only: the same candles always give the same result, to the last unit.
 *
 * @throws RangeError when the value leaves 53 bits
 */
export function smaCross(series: Series, instrument: Instrument, stake: Stake, { fast, slow }: Averages, observe: Observer = NOBODY): Performance {
  const { ticks } = series;
  let cash = stake.units;
  let lots = 0;
  let trades = 0;
  let fastSum = 0;
  let slowSum = 0;
  let best = cash;
  let drawdown = 0;
  let wasAbove: boolean | undefined;
  for (let i = 0; i < ticks.length; i++) {
    const price = ticks[i];
    fastSum += price - (i >= fast ? ticks[i - fast] : 0);
    slowSum += price - (i >= slow ? ticks[i - slow] : 0);
    const unitsPerLot = price * instrument.quoteUnitsPerTickLot;
    if (i >= slow - 1) {
      // The averages themselves would be fractions; their order is that of these products.
      const above = fastSum * slow > slowSum * fast;
      if (wasAbove !== undefined && above !== wasAbove) {
        if (above && lots === 0) {
          lots = affordable(cash, unitsPerLot, stake.feePpm);
          cash -= lots * unitsPerLot + fee(lots * unitsPerLot, stake.feePpm);
          if (lots > 0) trades++;
        } else if (!above && lots > 0) {
          const amount = lots * unitsPerLot;
          cash += amount - fee(amount, stake.feePpm);
          lots = 0;
          trades++;
        }
      }
      wasAbove = above;
    }
    const value = cash + lots * unitsPerLot;
    if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('the value of the strategy is too large to be exact; use a smaller startBalance');
    if (value > best) best = value;
    else if (best - value > drawdown * best) drawdown = (best - value) / best;
    observe(i, value);
  }
  const last = ticks.length > 0 ? ticks[ticks.length - 1] * instrument.quoteUnitsPerTickLot : 0;
  return { fast, slow, finalUnits: cash + lots * last, trades, maxDrawdownBps: Math.round(drawdown * 10_000) };
}

/** Rounded up, without a product that leaves 53 bits. */
export function fee(units: number, ppm: number): number {
  const millions = Math.floor(units / PPM);
  return millions * ppm + Math.ceil((units - millions * PPM) * ppm / PPM);
}

/** Most lots whose price and fee are covered. */
function affordable(cash: number, unitsPerLot: number, ppm: number): number {
  let lots = Math.floor(cash / (unitsPerLot * (1 + ppm / PPM)));
  // The division is not exact; its neighbours are tried.
  while (lots > 0 && lots * unitsPerLot + fee(lots * unitsPerLot, ppm) > cash) lots--;
  while ((lots + 1) * unitsPerLot + fee((lots + 1) * unitsPerLot, ppm) <= cash) lots++;
  return lots;
}
