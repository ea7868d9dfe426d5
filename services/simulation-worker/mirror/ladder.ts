import type { Instrument, Side, Ticker } from '../../domain';

/** How the market is mirrored. */
export interface MirrorSettings {
  /** Levels on each side. */
  readonly depth: number;
  /** Least distance between best bid and best offer, in hundredths of a per cent. */
  readonly spreadBps: number;
  /** Distance between two levels, in hundredths of a per cent. */
  readonly stepBps: number;
  /** Worth of the best level in whole units of the quote asset; each further one is worth half as much again. */
  readonly levelWorth: number;
}

/** A price that the house stands for. */
export interface Quote {
  readonly side: Side;
  /** 0 is the best one. */
  readonly level: number;
  readonly priceTicks: number;
  readonly lots: number;
}

const GROWTH = 1.5;
/** A price that is a whole number of ticks must stay one through the division. */
const EPSILON = 1e-9;

/**
 * The quotes that mirror a tick, best first, bids before offers. Bids are rounded down and offers up, so the house never trades with itself
 * and is never better than the market. Empty when the tick has no price that can be mirrored.
 */
export function ladder(instrument: Instrument, ticker: Ticker, settings: MirrorSettings): Quote[] {
  const tick = Number(instrument.tickSize);
  const lot = Number(instrument.lotSize);
  const { bid, ask } = market(ticker, settings.spreadBps);
  if (!(bid > 0 && ask > 0 && Number.isFinite(ask))) return [];
  const middle = (bid + ask) / 2;
  const step = Math.max(1, Math.round(middle * settings.stepBps / 10_000 / tick));
  const best = { buy: Math.floor(bid / tick + EPSILON), sell: Math.max(Math.ceil(ask / tick - EPSILON), Math.floor(bid / tick + EPSILON) + 1) };
  const quotes: Quote[] = [];
  for (const side of ['buy', 'sell'] as const) {
    for (let level = 0; level < settings.depth; level++) {
      const priceTicks = best[side] + (side === 'buy' ? -level : level) * step;
      if (priceTicks < 1) break;
      const worth = Math.max(settings.levelWorth * GROWTH ** level, Number(instrument.rules?.minNotional ?? 0) * 1.1);
      // Up, so that rounding never brings it below what the instrument asks for.
      const lots = Math.max(1, Math.ceil(worth / (priceTicks * tick * lot)));
      if (!fits(instrument, priceTicks, lots)) break;
      quotes.push({ side, level, priceTicks, lots });
    }
  }
  return quotes;
}

/** Best prices of the tick, at least the spread apart around their middle; the last price where there are none. */
function market({ bidPrice, askPrice, lastPrice }: Ticker, spreadBps: number): { bid: number; ask: number } {
  const crossed = bidPrice !== undefined && askPrice !== undefined && Number(bidPrice) > Number(askPrice);
  const isWhole = bidPrice !== undefined && askPrice !== undefined && !crossed;
  const [bid, ask] = isWhole ? [Number(bidPrice), Number(askPrice)] : [Number(lastPrice), Number(lastPrice)];
  const middle = (bid + ask) / 2;
  const half = Math.max((ask - bid) / 2, middle * spreadBps / 20_000);
  return { bid: middle - half, ask: middle + half };
}

/** Whether the core can count it. */
function fits({ quoteUnitsPerTickLot, baseUnitsPerLot }: Instrument, priceTicks: number, lots: number): boolean {
  return Number.isSafeInteger(priceTicks * lots * quoteUnitsPerTickLot) && Number.isSafeInteger(lots * baseUnitsPerLot);
}
