import { resultHash, type RunSpec } from './spec';
import { formatDecimal, formatPrice, formatQuantity } from '../../domain';
import type { DataQuality } from '../data/load';
import { describeAssumptions, ENGINE_VERSION } from '../engine/assumptions';
import type { BarSeries } from '../engine/series';
import type { RunResult } from '../engine/simulation';
import { type Metrics, metricsOf } from '../metrics/metrics';
import { type RoundTrip, roundTrips } from '../metrics/round-trips';

/** Positions that the report lists; the table of all is a file of its own. */
const LISTED_TRADES = 500;

/** A position as people read it: decimals as text, times as ISO 8601. */
export interface ReportTrade {
  readonly symbol: string;
  readonly direction: 'long' | 'short';
  readonly entryTime: string;
  readonly exitTime?: string;
  readonly quantity: string;
  readonly entryPrice: number;
  readonly exitPrice?: number;
  readonly fee: string;
  readonly profit?: string;
}

/** Metrics with money as decimals. */
export type ReportMetrics = Omit<Metrics, 'averageWinUnits' | 'averageLossUnits' | 'feeUnits'> & {
  readonly averageWin: string | null; readonly averageLoss: string | null; readonly fees: string;
};

/** What a run came to, with everything that it rests on. */
export interface Report {
  readonly format: 1;
  readonly engineVersion: number;
  /** The same for the same input: see `resultHash`. */
  readonly resultHash: string;
  readonly dataDigest: string;
  readonly status: RunResult['status'];
  /** What the strategy did wrong; the rest is what was until then. */
  readonly fault?: { readonly code: string; readonly message: string; readonly time: string };
  readonly spec: RunSpec;
  readonly assumptionsInWords: readonly string[];
  readonly data: readonly DataQuality[];
  readonly currency: string;
  readonly startBalance: string;
  readonly finalBalance: string;
  readonly metrics: ReportMetrics;
  /** What it would have come to if each instrument had been bought for an equal share at first and kept; without costs. */
  readonly buyAndHoldReturn: number;
  readonly bars: number;
  readonly orders: number;
  readonly cutOrders: number;
  /** Value at the end of each day. */
  readonly equity: readonly (readonly [day: string, balance: string])[];
  readonly trades: readonly ReportTrade[];
  readonly openPositions: readonly { readonly symbol: string; readonly quantity: string }[];
}

export interface ReportInput {
  readonly spec: RunSpec;
  readonly series: readonly BarSeries[];
  readonly quality: readonly DataQuality[];
  readonly dataDigest: string;
  readonly run: RunResult;
}

export function reportOf({ spec, series, quality, dataDigest, run }: ReportInput): Report {
  const [{ instrument: { quote } }] = series;
  const amount = (units: number): string => formatDecimal(units, quote.decimals);
  const maybe = (units: number | null): string | null => (units === null ? null : amount(units));
  const trips = roundTrips(run.fills, series.map(({ instrument }) => instrument.quoteUnitsPerTickLot));
  const { averageWinUnits, averageLossUnits, feeUnits, ...metrics } = metricsOf(run, spec.assumptions.startUnits, trips);
  return {
    format: 1, engineVersion: ENGINE_VERSION, resultHash: resultHash(spec, dataDigest, run), dataDigest, status: run.status,
    ...(run.fault === undefined ? {} : { fault: { ...run.fault, time: isoTime(run.fault.time) } }),
    spec,
    assumptionsInWords: describeAssumptions(spec.assumptions),
    data: quality,
    currency: quote.code,
    startBalance: amount(spec.assumptions.startUnits),
    finalBalance: amount(run.finalUnits),
    metrics: { ...metrics, averageWin: maybe(averageWinUnits), averageLoss: maybe(averageLossUnits), fees: amount(feeUnits) },
    buyAndHoldReturn: series.reduce((sum, { open, close, length }) => sum + (close[length - 1] / open[0] - 1) / series.length, 0),
    bars: run.bars,
    orders: run.orders,
    cutOrders: run.cutOrders,
    equity: Array.from(run.days.times, (time, i) => [isoTime(time).slice(0, 10), amount(run.days.equity[i])]),
    trades: trips.slice(-LISTED_TRADES).map((trip) => tradeOf(trip, series)),
    openPositions: run.lots.flatMap((lots, i) => (lots === 0 ? [] : [{ symbol: spec.symbols[i], quantity: signed(series[i], lots) }])),
  };
}

export function tradeOf(trip: RoundTrip, series: readonly BarSeries[]): ReportTrade {
  const { instrument } = series[trip.instrument];
  const price = (ticks: number): number => Number((ticks * instrument.tickUnits / 10 ** instrument.tickDecimals).toPrecision(12));
  return {
    symbol: instrument.symbol,
    direction: trip.direction,
    entryTime: isoTime(trip.entryTime),
    ...(trip.exitTime === undefined ? {} : { exitTime: isoTime(trip.exitTime) }),
    quantity: formatQuantity(instrument, trip.lots),
    entryPrice: price(trip.entryPrice),
    ...(trip.exitPrice === undefined ? {} : { exitPrice: price(trip.exitPrice) }),
    fee: formatDecimal(trip.feeUnits, instrument.quote.decimals),
    ...(trip.profitUnits === undefined ? {} : { profit: formatDecimal(trip.profitUnits, instrument.quote.decimals) }),
  };
}

/** Every fill as a line of a table: time, symbol, order, side, quantity, price, fee, liquidity. */
export function fillRows({ series, run: { fills } }: ReportInput): string[][] {
  return Array.from({ length: fills.length }, (_, i) => {
    const { instrument } = series[fills.instruments[i]];
    return [
      isoTime(fills.times[i]), instrument.symbol, String(fills.orderIds[i]), fills.lots[i] > 0 ? 'buy' : 'sell', formatQuantity(instrument, Math.abs(fills.lots[i])),
      formatPrice(instrument, fills.prices[i]), formatDecimal(fills.fees[i], instrument.quote.decimals), fills.makers[i] === 1 ? 'maker' : 'taker',
    ];
  });
}

function signed({ instrument }: BarSeries, lots: number): string {
  return `${lots < 0 ? '-' : ''}${formatQuantity(instrument, Math.abs(lots))}`;
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}
