import { fillRows, type ReportInput, tradeOf } from './report';
import { formatDecimal } from '../../domain';
import { roundTrips } from '../metrics/round-trips';

/** One table as text, comma separated (RFC 4180). What a spreadsheet could take for a formula is quoted as text. */
export function csv(header: readonly string[], rows: Iterable<readonly (string | number | undefined)[]>): string {
  const cell = (value: string | number | undefined): string => {
    const text = String(value ?? '');
    const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [header, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** The tables of a run by the name of their file. */
export function tablesOf(input: ReportInput): Readonly<Record<'equity.csv' | 'trades.csv' | 'fills.csv', string>> {
  const { series, run } = input;
  const [{ instrument: { quote } }] = series;
  const trips = roundTrips(run.fills, series.map(({ instrument }) => instrument.quoteUnitsPerTickLot));
  return {
    'equity.csv': csv(['day', 'equity'], Array.from(run.days.times, (time, i) => [new Date(time).toISOString().slice(0, 10), formatDecimal(run.days.equity[i], quote.decimals)])),
    'trades.csv': csv(
      ['symbol', 'direction', 'entryTime', 'exitTime', 'quantity', 'entryPrice', 'exitPrice', 'fee', 'profit'],
      trips.map((trip) => tradeOf(trip, series)).map((one) => [
        one.symbol, one.direction, one.entryTime, one.exitTime, one.quantity, one.entryPrice, one.exitPrice, one.fee, one.profit,
      ]),
    ),
    'fills.csv': csv(['time', 'symbol', 'order', 'side', 'quantity', 'price', 'fee', 'liquidity'], fillRows(input)),
  };
}
