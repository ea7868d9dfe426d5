import type { OpenedCandles } from './candle-columns';
import { defineInstrument, type Instrument } from '../../domain';

const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BTC', 'ETH', 'EUR', 'USD'];
/** Decimals that tick and lot may have together: then the smallest unit of money is a part of a cent, and large sums stay exact. */
const MOST_DECIMALS = 8;

/** An instrument as fine as its candles: for files that come without one. */
export function guessInstrument(symbol: string, files: readonly Pick<OpenedCandles, 'priceScale' | 'volumeScale'>[]): Instrument {
  const quote = QUOTES.find((code) => symbol.endsWith(code) && symbol.length > code.length + 1) ?? symbol.slice(-3);
  const ticks = Math.min(MOST_DECIMALS, Math.max(...files.map(({ priceScale }) => priceScale)));
  const lots = Math.min(MOST_DECIMALS - ticks, Math.max(...files.map(({ volumeScale }) => volumeScale)));
  return defineInstrument({
    symbol, version: 1,
    base: { code: symbol.slice(0, -quote.length), decimals: 8 },
    quote: { code: quote, decimals: MOST_DECIMALS },
    tickSize: stepOf(ticks), lotSize: stepOf(lots),
  });
}

function stepOf(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`;
}
