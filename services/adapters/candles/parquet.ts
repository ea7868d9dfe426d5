import { parquetMetadata, parquetReadObjects, type FileMetaData, type SchemaElement } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { type Candle, type CandleDay, dayText, isInterval, parseDay } from './candle';

/** Columns of decimals. Those of one group share their scale, so that they can be compared as they are stored. */
const GROUPS = [['open', 'high', 'low', 'close'], ['volume'], ['turnover']] as const;
type DecimalColumn = (typeof GROUPS)[number][number];

const DECIMAL = /^(0|[1-9]\d*)(?:\.(\d+))?$/;
/** Digits that 64 bits always hold. */
const LONG_DIGITS = 18;
/** Digits that 16 bytes always hold. */
const MOST_DIGITS = 38;

/** A file is not a day of candles as `encodeCandles` writes it. */
export class CandleFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CandleFileError';
  }
}

/**
 * A parquet file of a day's candles. Prices and amounts are DECIMAL columns, exact to the last digit; the same candles always give the
 * same bytes.
 *
 * @throws RangeError when a value is no decimal or has more than 38 digits
 */
export function encodeCandles(day: CandleDay): Uint8Array {
  const { candles } = day;
  const decimals = GROUPS.flatMap((names) => decimalColumns(names, candles));
  const schema: SchemaElement[] = [
    { name: 'root', num_children: 1 + decimals.length },
    { name: 'open_time', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', repetition_type: 'REQUIRED' },
    ...decimals.map(({ element }) => element),
  ];
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'open_time', data: candles.map(({ openTime }) => new Date(openTime)) },
      ...decimals.map(({ element, data }) => ({ name: element.name, data })),
    ],
    schema,
    // A day is read whole.
    rowGroupSize: Math.max(1, candles.length),
    kvMetadata: [
      { key: 'symbol', value: day.symbol }, { key: 'interval', value: day.interval }, { key: 'day', value: dayText(day.day) }, { key: 'source', value: day.source },
    ],
    createdBy: 'cdk-trading-platform',
  });
  return new Uint8Array(buffer);
}

/** Reads what `encodeCandles` wrote; decimals come back as they went in, but for zeros at their end. @throws CandleFileError */
export async function decodeCandles(bytes: Uint8Array): Promise<CandleDay> {
  try {
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    const metadata = parquetMetadata(file);
    const facts = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
    const interval = facts.get('interval') ?? '';
    if (!isInterval(interval)) throw new RangeError(`there are no candles of ${JSON.stringify(interval)}`);
    const scales = new Map(metadata.schema.map(({ name, scale }) => [name, scale ?? 0]));
    const rows = await parquetReadObjects({ file, metadata: withoutDecimals(metadata) });
    const text = (row: Record<string, unknown>, name: DecimalColumn): string => decimalText(row[name], scales.get(name) ?? 0);
    return {
      symbol: facts.get('symbol') ?? '',
      interval,
      day: parseDay(facts.get('day') ?? ''),
      source: facts.get('source') ?? '',
      candles: rows.map((row): Candle => ({
        openTime: (row.open_time as Date).getTime(),
        open: text(row, 'open'),
        high: text(row, 'high'),
        low: text(row, 'low'),
        close: text(row, 'close'),
        volume: text(row, 'volume'),
        turnover: text(row, 'turnover'),
      })),
    };
  } catch (error) {
    throw new CandleFileError(`not a file of candles: ${(error as Error).message}`, { cause: error });
  }
}

function decimalColumns(names: readonly DecimalColumn[], candles: readonly Candle[]): { element: SchemaElement; data: bigint[] }[] {
  const parts = names.map((name) => candles.map((candle) => {
    const match = DECIMAL.exec(candle[name]);
    if (match === null) throw new RangeError(`${name} of a candle must be a decimal, got ${JSON.stringify(candle[name])}`);
    return { whole: match[1], fraction: match[2] ?? '' };
  }));
  const scale = Math.max(0, ...parts.flat().map(({ fraction }) => fraction.length));
  const digits = scale + Math.max(1, ...parts.flat().map(({ whole }) => whole.length));
  if (digits > MOST_DIGITS) throw new RangeError(`${names.join(', ')} of a day need ${digits} digits, and a file has ${MOST_DIGITS}`);
  const storage: Partial<SchemaElement> = digits <= LONG_DIGITS
    ? { type: 'INT64', precision: LONG_DIGITS }
    : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, precision: MOST_DIGITS };
  return names.map((name, i) => ({
    element: { name, converted_type: 'DECIMAL', scale, repetition_type: 'REQUIRED', ...storage },
    data: parts[i].map(({ whole, fraction }) => BigInt(whole + fraction.padEnd(scale, '0'))),
  }));
}

/** The reader makes floating-point numbers of decimals; told that they are plain integers it leaves them exact. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  return {
    ...metadata,
    schema: metadata.schema.map((element) => (
      element.converted_type === 'DECIMAL' ? { ...element, converted_type: undefined, logical_type: undefined } : element
    )),
  };
}

function decimalText(stored: unknown, scale: number): string {
  const units = stored instanceof Uint8Array ? BigInt(`0x${Buffer.from(stored).toString('hex')}`) : BigInt(stored as bigint | number);
  const digits = String(units).padStart(scale + 1, '0');
  const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '');
  return `${scale === 0 ? digits : digits.slice(0, -scale)}${fraction === '' ? '' : `.${fraction}`}`;
}
