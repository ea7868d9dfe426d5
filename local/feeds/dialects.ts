import { binanceDialect } from './binance-dialect';
import { bitgetDialect } from './bitget-dialect';
import { bybitDialect } from './bybit-dialect';
import type { FeedDialect } from './dialect';

/** Exchanges that can be stood in for. */
export const DIALECTS = { bybit: bybitDialect, bitget: bitgetDialect, binance: binanceDialect } as const satisfies Record<string, FeedDialect>;
export type Exchange = keyof typeof DIALECTS;
