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
}

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
    }))),
  };
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
}
