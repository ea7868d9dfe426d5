import { type Candle, type Interval, INTERVALS } from './candle';

/** A candle made of those of a minute; says when it is made of fewer than it should be. */
export interface Bar extends Candle {
  /** Minutes that it lacks; absent when it has all. */
  readonly missingMinutes?: number;
}

const MINUTE_MS = INTERVALS['1m'];

/** A column as integers of one scale, so that they can be compared and added exactly. */
function exact(texts: readonly string[]): { readonly units: readonly bigint[]; readonly scale: number } {
  const parts = texts.map((text) => text.split('.'));
  const scale = Math.max(0, ...parts.map(([, fraction = '']) => fraction.length));
  return { units: parts.map(([whole, fraction = '']) => BigInt(whole + fraction.padEnd(scale, '0'))), scale };
}

function decimal(units: bigint, scale: number): string {
  if (scale === 0) return String(units);
  const digits = String(units).padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
}

/** Longer candles of the minutes of one day, oldest first. A candle of which no minute is there is not made. */
export function aggregate(minutes: readonly Candle[], interval: Interval): readonly Bar[] {
  const length = INTERVALS[interval];
  if (length === MINUTE_MS || minutes.length === 0) return minutes;
  const [high, low, volume, turnover] = (['high', 'low', 'volume', 'turnover'] as const).map((name) => exact(minutes.map((minute) => minute[name])));
  const bars: Bar[] = [];
  for (let first = 0, next = 0; first < minutes.length; first = next) {
    const openTime = Math.floor(minutes[first].openTime / length) * length;
    let [highest, lowest, traded, turned] = [first, first, 0n, 0n];
    for (next = first; next < minutes.length && minutes[next].openTime < openTime + length; next++) {
      if (high.units[next] > high.units[highest]) highest = next;
      if (low.units[next] < low.units[lowest]) lowest = next;
      traded += volume.units[next];
      turned += turnover.units[next];
    }
    const missingMinutes = length / MINUTE_MS - (next - first);
    bars.push({
      openTime, open: minutes[first].open, high: minutes[highest].high, low: minutes[lowest].low, close: minutes[next - 1].close,
      volume: decimal(traded, volume.scale), turnover: decimal(turned, turnover.scale),
      ...missingMinutes > 0 ? { missingMinutes } : {},
    });
  }
  return bars;
}
