import { DomainError } from './errors';
import { formatDecimal, MAX_DECIMALS, multiplyExact, parseDecimal } from './money';

/** What is held, owed and moved. Amounts count `10^-decimals` of it. */
export interface Asset {
  /** Upper-case letters and digits, such as `BTC`. */
  readonly code: string;
  /** Decimals of the smallest unit. */
  readonly decimals: number;
}

/** An instrument as people write it: the form of configuration files and of the API. */
export interface InstrumentSpec {
  readonly symbol: string;
  readonly base: Asset;
  readonly quote: Asset;
  /** Smallest price step, in units of the quote asset, as a decimal. */
  readonly tickSize: string;
  /** Smallest quantity step, in units of the base asset, as a decimal. */
  readonly lotSize: string;
  /** Grows with every change; the core ignores a version that it has. */
  readonly version: number;
  /** Absent: no fees and no limits beyond those of the number range. */
  readonly rules?: InstrumentRules;
}

/** What an instrument charges and permits. A value that is absent charges nothing or does not limit. */
export interface InstrumentRules {
  /** Fee of the order that rested, in millionths of what its account receives. */
  readonly makerFeePpm?: number;
  /** Fee of the order that came, in millionths of what its account receives. */
  readonly takerFeePpm?: number;
  /** Smallest worth of an order, in units of the quote asset, as a decimal. */
  readonly minNotional?: string;
  /** How far a limit may be from the reference price (the mark price, else the last trade), in hundredths of a per cent of it. */
  readonly priceBandBps?: number;
  /** Most orders that an account may have in the book and waiting. */
  readonly maxOpenOrders?: number;
  /** Most that an account may own of the base asset, what its open orders could buy included, in units of the base asset, as a decimal. */
  readonly maxPosition?: string;
}

/** An instrument as the core trades it: prices are counts of ticks, quantities counts of lots. */
export interface Instrument extends InstrumentSpec {
  /** Millionths of what an account receives, for the order that rested and the one that came. */
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  /** Smallest quote units that an order must be worth. */
  readonly minNotionalUnits: number;
  /** Hundredths of a per cent around the reference price; 0 for no band. */
  readonly priceBandBps: number;
  /** Infinity for no limit. */
  readonly maxOpenOrders: number;
  /** Smallest base units; Infinity for no limit. */
  readonly maxPositionUnits: number;
  /** Smallest base units in one lot. */
  readonly baseUnitsPerLot: number;
  /** Smallest quote units that one lot costs per tick of price. */
  readonly quoteUnitsPerTickLot: number;
  /** Decimals of the tick and lot sizes. */
  readonly tickDecimals: number;
  readonly lotDecimals: number;
  /** Size of a tick and a lot, as counts of `10^-tickDecimals` and `10^-lotDecimals`. */
  readonly tickUnits: number;
  readonly lotUnits: number;
}

const SYMBOL = /^[A-Z0-9]{2,16}$/;
const ASSET = /^[A-Z0-9]{2,10}$/;

/** Highest fee: a tenth of what an account receives. */
export const MAX_FEE_PPM = 100_000;
/** Widest band: a hundred times the reference price. */
export const MAX_BAND_BPS = 1_000_000;

const RULES = ['makerFeePpm', 'takerFeePpm', 'minNotional', 'priceBandBps', 'maxOpenOrders', 'maxPosition'] as const satisfies readonly (keyof InstrumentRules)[];
type Limits = Pick<Instrument, 'makerFeePpm' | 'takerFeePpm' | 'minNotionalUnits' | 'priceBandBps' | 'maxOpenOrders' | 'maxPositionUnits'>;

/** The rules as the integers that the core compares with. */
function limitsOf(spec: InstrumentSpec, fail: (why: string) => never): Limits {
  const given: InstrumentRules = spec.rules ?? {};
  const unknown = Object.keys(given).find((name) => !(RULES as readonly string[]).includes(name));
  if (unknown !== undefined) fail(`rules.${unknown} is not a rule; there are ${RULES.join(', ')}`);
  const whole = (name: 'makerFeePpm' | 'takerFeePpm' | 'priceBandBps' | 'maxOpenOrders', least: number, most: number, absent: number): number => {
    const value = given[name];
    if (value === undefined) return absent;
    if (!Number.isInteger(value) || value < least || value > most) fail(`rules.${name} must be a whole number from ${least} to ${most}, got ${value}`);
    return value;
  };
  const amount = (name: 'minNotional' | 'maxPosition', asset: Asset, absent: number): number => {
    const value = given[name];
    if (value === undefined) return absent;
    try {
      return parseDecimal(value, asset.decimals, `rules.${name}`);
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  return {
    makerFeePpm: whole('makerFeePpm', 0, MAX_FEE_PPM, 0),
    takerFeePpm: whole('takerFeePpm', 0, MAX_FEE_PPM, 0),
    minNotionalUnits: amount('minNotional', spec.quote, 0),
    priceBandBps: whole('priceBandBps', 1, MAX_BAND_BPS, 0),
    maxOpenOrders: whole('maxOpenOrders', 1, 10 ** 9, Infinity),
    maxPositionUnits: amount('maxPosition', spec.base, Infinity),
  };
}

/** The form in which an instrument is configured, without what `defineInstrument` derived. */
export function specOf({ symbol, base, quote, tickSize, lotSize, version, rules }: Instrument): InstrumentSpec {
  return { symbol, base, quote, tickSize, lotSize, version, ...(rules === undefined ? {} : { rules }) };
}

function decimalsOf(text: string): number {
  return (text.split('.')[1] ?? '').replace(/0+$/, '').length;
}

/**
 * Checks a specification and derives the integers that the core computes with.
 *
 * @throws DomainError `invalid_instrument` naming what to change, above all when a tick times a lot is not a whole number of
 *   the quote asset's smallest unit: then a fill could not be paid exactly
 */
export function defineInstrument(spec: InstrumentSpec): Instrument {
  const fail = (why: string): never => {
    throw new DomainError('invalid_instrument', `instrument ${JSON.stringify(spec.symbol)}: ${why}`);
  };
  if (!SYMBOL.test(spec.symbol)) fail('symbol must be 2 to 16 upper-case letters and digits');
  for (const asset of [spec.base, spec.quote]) {
    if (!ASSET.test(asset.code)) fail(`asset code ${JSON.stringify(asset.code)} must be 2 to 10 upper-case letters and digits`);
    if (!Number.isInteger(asset.decimals) || asset.decimals < 0 || asset.decimals > MAX_DECIMALS) {
      fail(`decimals of ${asset.code} must be an integer from 0 to ${MAX_DECIMALS}, got ${asset.decimals}`);
    }
  }
  if (spec.base.code === spec.quote.code) fail('base and quote must be different assets');
  if (!Number.isSafeInteger(spec.version) || spec.version < 1) fail(`version must be a positive integer, got ${spec.version}`);
  const tickDecimals = decimalsOf(spec.tickSize);
  const lotDecimals = decimalsOf(spec.lotSize);
  if (tickDecimals > MAX_DECIMALS || lotDecimals > MAX_DECIMALS) fail(`tickSize and lotSize may have at most ${MAX_DECIMALS} decimals`);
  const size = (field: 'tickSize' | 'lotSize', decimals: number): number => {
    try {
      return parseDecimal(spec[field], decimals, field);
    } catch (error) {
      return fail((error as Error).message);
    }
  };
  const tickUnits = size('tickSize', tickDecimals);
  const lotUnits = size('lotSize', lotDecimals);
  if (tickUnits === 0 || lotUnits === 0) fail('tickSize and lotSize must be above zero');
  if (lotDecimals > spec.base.decimals) fail(`lotSize ${spec.lotSize} is finer than the ${spec.base.decimals} decimals of ${spec.base.code}`);
  const shift = spec.quote.decimals - tickDecimals - lotDecimals;
  if (shift < 0) {
    fail(`tickSize × lotSize needs ${tickDecimals + lotDecimals} decimals of ${spec.quote.code}, which has ${spec.quote.decimals}; `
      + 'use a coarser tick or lot');
  }
  const baseUnitsPerLot = lotUnits * 10 ** (spec.base.decimals - lotDecimals);
  const rules = limitsOf(spec, fail);
  const quoteUnitsPerTickLot = tickUnits * lotUnits * 10 ** shift;
  if (!Number.isSafeInteger(baseUnitsPerLot) || !Number.isSafeInteger(quoteUnitsPerTickLot)) {
    fail('one lot at one tick does not fit 53 bits; use a smaller tick or lot, or assets with fewer decimals');
  }
  return {
    symbol: spec.symbol,
    base: { code: spec.base.code, decimals: spec.base.decimals },
    quote: { code: spec.quote.code, decimals: spec.quote.decimals },
    tickSize: spec.tickSize,
    lotSize: spec.lotSize,
    version: spec.version,
    ...(spec.rules === undefined ? {} : { rules: spec.rules }),
    ...rules,
    baseUnitsPerLot,
    quoteUnitsPerTickLot,
    tickDecimals,
    lotDecimals,
    tickUnits,
    lotUnits,
  };
}

function steps(text: string, decimals: number, unit: number, field: 'price' | 'quantity', step: string): number {
  const count = parseDecimal(text, decimals, field);
  if (count === 0) throw new DomainError(`invalid_${field}`, `${field} must be above zero`, { field });
  if (count % unit !== 0) throw new DomainError(`invalid_${field}`, `${field} must be a multiple of ${step}, got ${text}`, { field, step });
  return count / unit;
}

/** Reads a price as ticks. @throws DomainError when it is not a positive multiple of the tick size */
export function parsePrice(instrument: Instrument, text: string): number {
  return steps(text, instrument.tickDecimals, instrument.tickUnits, 'price', instrument.tickSize);
}

/** Reads a quantity as lots. @throws DomainError when it is not a positive multiple of the lot size */
export function parseQuantity(instrument: Instrument, text: string): number {
  return steps(text, instrument.lotDecimals, instrument.lotUnits, 'quantity', instrument.lotSize);
}

export function formatPrice(instrument: Instrument, ticks: number): string {
  return formatDecimal(ticks * instrument.tickUnits, instrument.tickDecimals);
}

export function formatQuantity(instrument: Instrument, lots: number): string {
  return formatDecimal(lots * instrument.lotUnits, instrument.lotDecimals);
}

/** Smallest base units in a quantity, or undefined beyond 53 bits. */
export function baseUnits(instrument: Instrument, lots: number): number | undefined {
  return multiplyExact(lots, instrument.baseUnitsPerLot);
}

/** Smallest quote units that a quantity costs at a price, or undefined beyond 53 bits. */
export function quoteUnits(instrument: Instrument, ticks: number, lots: number): number | undefined {
  const tickLots = multiplyExact(ticks, lots);
  return tickLots === undefined ? undefined : multiplyExact(tickLots, instrument.quoteUnitsPerTickLot);
}
