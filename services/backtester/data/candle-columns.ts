import { type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet';
import { type Interval, INTERVALS, isInterval, parseDay } from '../../adapters/candles/candle';
import type { Instrument } from '../../domain';
import { allocateSeries, BadDataError, type BarSeries, checkSeries } from '../engine/series';

const PRICES = ['open', 'high', 'low', 'close'] as const;
const READ = ['open_time', ...PRICES, 'volume'] as const;
type FileColumn = (typeof READ)[number];

/** A file of candles whose footer was read. */
export interface OpenedCandles {
  readonly symbol: string;
  readonly interval: Interval;
  readonly day: number;
  readonly bars: number;
  /** Decimals that prices and volumes are stored with. */
  readonly priceScale: number;
  readonly volumeScale: number;
  /** What the file is called in messages. */
  readonly name: string;
  readonly file: ArrayBuffer;
  readonly metadata: FileMetaData;
}

/** Reads the footer of a file as `history-sync` writes it. @throws BadDataError `corrupt_candles` when it is none */
export function openCandles(bytes: Uint8Array, name: string): OpenedCandles {
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const metadata = parquetMetadata(file);
    const facts = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
    const interval = facts.get('interval') ?? '';
    if (!isInterval(interval)) throw new RangeError(`there are no candles of ${JSON.stringify(interval)}`);
    const elements = new Map(metadata.schema.map((element) => [element.name, element]));
    for (const column of READ) if (!elements.has(column)) throw new RangeError(`it has no column ${column}`);
    return {
      symbol: facts.get('symbol') ?? '', interval, day: parseDay(facts.get('day') ?? ''), bars: Number(metadata.num_rows),
      priceScale: Math.max(...PRICES.map((column) => elements.get(column)?.scale ?? 0)), volumeScale: elements.get('volume')?.scale ?? 0,
      name, file, metadata: asIntegers(metadata),
    };
  } catch (error) {
    throw new BadDataError('corrupt_candles', `${name} is not a file of candles: ${(error as Error).message}`, { cause: error });
  }
}

/** Bars of a file, and how many prices were finer than the instrument's tick and rounded to it. */
export interface ReadColumns {
  readonly series: BarSeries;
  readonly roundedPrices: number;
}

/**
 * Reads the columns of a file straight into those of a series: no object per row, no decimal as text.
 *
 * @throws BadDataError when the file is damaged, or `checkSeries` finds its bars wrong
 */
export async function readColumns(opened: OpenedCandles, instrument: Instrument): Promise<ReadColumns> {
  const { bars, name, interval, day } = opened;
  const series = allocateSeries(instrument, INTERVALS[interval], bars);
  const scales = new Map(opened.metadata.schema.map((element) => [element.name, element.scale ?? 0]));
  const rounded = { count: 0 };
  const filled = new Map<string, number>();
  const put = (column: FileColumn, values: ArrayLike<unknown>, from: number): void => {
    filled.set(column, (filled.get(column) ?? 0) + values.length);
    const target = column === 'open_time' ? series.times : series[column];
    if (column === 'open_time') return copy(values, target, from, AS_IS);
    const scale = scales.get(column) ?? 0;
    const [decimals, step] = column === 'volume' ? [instrument.lotDecimals, instrument.lotUnits] : [instrument.tickDecimals, instrument.tickUnits];
    copy(values, target, from, column === 'volume' ? floorTo(scale, decimals, step) : roundTo(scale, decimals, step, rounded));
  };
  try {
    await parquetRead({
      file: opened.file,
      metadata: opened.metadata,
      columns: [...READ],
      onChunk: ({ columnName, columnData, rowStart }) => put(columnName as FileColumn, columnData as ArrayLike<unknown>, rowStart),
    });
    for (const column of READ) if (filled.get(column) !== bars) throw new RangeError(`${column} has ${filled.get(column) ?? 0} values, the footer says ${bars}`);
  } catch (error) {
    throw new BadDataError('corrupt_candles', `${name} is damaged: ${(error as Error).message}`, { cause: error });
  }
  checkSeries(series, name);
  if (bars > 0 && (series.times[0] < day || series.times[bars - 1] >= day + 86_400_000)) throw new BadDataError('bad_candles', `${name} has bars of another day`);
  return { series, roundedPrices: rounded.count };
}

/** Of a stored number: as it is where a double holds it exactly, as a bigint where not. */
interface Convert {
  readonly number: (value: number) => number;
  readonly large: (value: bigint) => number;
}

const AS_IS: Convert = { number: (value) => value, large: Number };

/** From a count of `10^-scale` to a count of `step × 10^-decimals`, to the nearest. */
function roundTo(scale: number, decimals: number, step: number, rounded: { count: number }): Convert {
  const [factor, divisor] = [10 ** Math.max(0, decimals - scale), step * 10 ** Math.max(0, scale - decimals)];
  const half = BigInt(divisor) / 2n;
  return {
    number: divisor === 1 ? (value) => value * factor : (value) => {
      const whole = Math.round(value * factor / divisor);
      if (whole * divisor !== value * factor) rounded.count++;
      return whole;
    },
    large: (value) => {
      const exact = value * BigInt(factor);
      if (exact % BigInt(divisor) !== 0n) rounded.count++;
      return Number((exact + half) / BigInt(divisor));
    },
  };
}

/** The same, rounded down: volume that does not fill a lot cannot be traded. */
function floorTo(scale: number, decimals: number, step: number): Convert {
  const [factor, divisor] = [10 ** Math.max(0, decimals - scale), step * 10 ** Math.max(0, scale - decimals)];
  return {
    number: divisor === 1 ? (value) => value * factor : (value) => Math.floor(value * factor / divisor),
    large: (value) => Number(value * BigInt(factor) / BigInt(divisor)),
  };
}

function copy(values: ArrayLike<unknown>, target: Float64Array, from: number, convert: Convert): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const number = typeof value === 'bigint' ? Number(value) : value;
    target[from + i] = typeof number === 'number' && Number.isSafeInteger(number) ? convert.number(number) : convert.large(largeOf(value));
  }
}

function largeOf(value: unknown): bigint {
  if (typeof value === 'bigint') return value;
  // Decimals of more than 18 digits lie in 16 bytes, the highest first.
  if (value instanceof Uint8Array) return BigInt(`0x${Buffer.from(value).toString('hex')}`);
  throw new RangeError(`a value is ${value === null ? 'missing' : `of the type ${typeof value}`}`);
}

/** Told that times and decimals are plain integers, the reader leaves them as they are stored, exact and in columns. */
function asIntegers(metadata: FileMetaData): FileMetaData {
  return { ...metadata, schema: metadata.schema.map((element) => ({ ...element, converted_type: undefined, logical_type: undefined })) };
}
