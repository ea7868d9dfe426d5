import { Token } from 'aws-cdk-lib';
import { Faults } from '../private/faults';

/** A pair of assets that is traded. */
export interface InstrumentOptions {
  /** Name of the instrument, for example `BTCUSDT`. */
  readonly symbol: string;

  /** Asset that is bought and sold, for example `BTC`. */
  readonly base: string;

  /** Digits after the point that an amount of the base asset is kept in. */
  readonly baseDecimals: number;

  /** Asset that prices are given in, for example `USDT`. */
  readonly quote: string;

  /** Digits after the point that an amount of the quote asset is kept in. */
  readonly quoteDecimals: number;

  /** Smallest step of a price, as a decimal number, for example `0.1`. */
  readonly tickSize: string;

  /** Smallest step of a quantity, as a decimal number, for example `0.0001`. */
  readonly lotSize: string;

  /**
   * Version of this definition. A higher one replaces a lower one in the journal; the same one is not applied again.
   *
   * @default 1
   */
  readonly version?: number;

  /**
   * Fee of the order that rested in the book, in millionths of what its account receives: 1000 are 0.1 %. Rounded up to the
   * smallest unit of the asset that is received.
   *
   * @default 0
   */
  readonly makerFeePpm?: number;

  /**
   * Fee of the order that came and was filled at once, in millionths of what its account receives: 1000 are 0.1 %.
   *
   * @default 0
   */
  readonly takerFeePpm?: number;

  /**
   * Smallest worth of an order, in units of the quote asset, as a decimal number, for example `5`.
   *
   * @default - any worth
   */
  readonly minNotional?: string;

  /**
   * How far the limit of an order may be from the reference price (the mark price, otherwise the last trade), in hundredths of a per
   * cent of it: 500 are 5 %.
   *
   * @default - any price
   */
  readonly priceBandBps?: number;

  /**
   * Most orders that an account may have in the book and waiting for a trigger at a time.
   *
   * @default - any number
   */
  readonly maxOpenOrders?: number;

  /**
   * Most that an account may own of the base asset, what its open orders could buy included, in units of the base asset, as a
   * decimal number, for example `250.5`.
   *
   * @default - any amount
   */
  readonly maxPosition?: string;
}

/** A tenth: more is a mistake of a factor. */
const MAX_FEE_PPM = 100_000;
const DECIMAL = /^(?:0|[1-9]\d*)(?:\.(\d+))?$/;

const DEFAULTS: InstrumentOptions[] = [
  { symbol: 'BTCUSDT', base: 'BTC', baseDecimals: 8, quote: 'USDT', quoteDecimals: 6, tickSize: '0.1', lotSize: '0.0001' },
  { symbol: 'ETHUSDT', base: 'ETH', baseDecimals: 8, quote: 'USDT', quoteDecimals: 6, tickSize: '0.01', lotSize: '0.001' },
];

/**
 * The instruments as the setup function takes them.
 *
 * @throws Error that lists every value that is not a definition of an instrument
 */
export function instrumentsJson(instruments: readonly InstrumentOptions[] = DEFAULTS): { json: string; symbols: string[] } {
  const faults = new Faults('instruments');
  faults.check(instruments.length > 0, 'at least one must be given');
  const symbols = instruments.map(({ symbol }) => symbol);
  faults.check(new Set(symbols).size === symbols.length, `each symbol must be named once, got: ${symbols.join(', ')}`);
  for (const instrument of instruments) checkInstrument(instrument, faults);
  faults.throwIfAny();
  return {
    symbols,
    json: JSON.stringify(instruments.map((instrument) => ({
      symbol: instrument.symbol,
      base: { code: instrument.base, decimals: instrument.baseDecimals },
      quote: { code: instrument.quote, decimals: instrument.quoteDecimals },
      tickSize: instrument.tickSize,
      lotSize: instrument.lotSize,
      version: instrument.version ?? 1,
      ...rulesOf(instrument),
    }))),
  };
}

/** Nothing for an instrument without fees and limits: such a definition stays what it always was. */
function rulesOf({ makerFeePpm, takerFeePpm, minNotional, priceBandBps, maxOpenOrders, maxPosition }: InstrumentOptions): { rules?: object } {
  const rules = { makerFeePpm, takerFeePpm, minNotional, priceBandBps, maxOpenOrders, maxPosition };
  return Object.values(rules).some((value) => value !== undefined) ? { rules } : {};
}

function checkInstrument(instrument: InstrumentOptions, faults: Faults): void {
  const { symbol } = instrument;
  for (const name of ['symbol', 'base', 'quote'] as const) {
    faults.check(/^[A-Z0-9]{2,20}$/.test(instrument[name]), `\`${name}\` of ${symbol} must be 2 to 20 capital letters or digits, got: '${instrument[name]}'`);
  }
  for (const name of ['baseDecimals', 'quoteDecimals'] as const) {
    faults.check(Number.isInteger(instrument[name]) && instrument[name] >= 0 && instrument[name] <= 18,
      `\`${name}\` of ${symbol} must be a whole number from 0 to 18, got: ${instrument[name]}`);
  }
  for (const name of ['tickSize', 'lotSize'] as const) {
    faults.check(/^(0|[1-9]\d*)(\.\d+)?$/.test(instrument[name]) && Number(instrument[name]) > 0,
      `\`${name}\` of ${symbol} must be a decimal number above zero such as '0.01', got: '${instrument[name]}'`);
  }
  checkRules(instrument, faults);
}

/** The same bounds as those of the core, which would otherwise refuse the definition long after the deployment. */
function checkRules(instrument: InstrumentOptions, faults: Faults): void {
  const { symbol } = instrument;
  const whole = (name: 'version' | 'makerFeePpm' | 'takerFeePpm' | 'priceBandBps' | 'maxOpenOrders', least: number, most: number): void => {
    const value = instrument[name];
    if (value === undefined || Token.isUnresolved(value)) return;
    faults.check(Number.isInteger(value) && value >= least && value <= most, `\`${name}\` of ${symbol} must be a whole number from ${least} to ${most}, got: ${value}`);
  };
  whole('version', 1, Number.MAX_SAFE_INTEGER);
  whole('makerFeePpm', 0, MAX_FEE_PPM);
  whole('takerFeePpm', 0, MAX_FEE_PPM);
  whole('priceBandBps', 1, 10_000);
  whole('maxOpenOrders', 1, 1_000_000);
  for (const [name, decimals, asset] of [['minNotional', instrument.quoteDecimals, instrument.quote], ['maxPosition', instrument.baseDecimals, instrument.base]] as const) {
    const value = instrument[name];
    if (value === undefined || Token.isUnresolved(value)) continue;
    const [, fraction = ''] = DECIMAL.exec(value) ?? [];
    faults.check(DECIMAL.test(value) && Number(value) > 0 && fraction.replace(/0+$/, '').length <= decimals,
      `\`${name}\` of ${symbol} must be a decimal number above zero with at most the ${decimals} decimals of ${asset}, got: '${value}'`);
  }
}
