import { binance } from './binance/conversation';
import { bitget } from './bitget/conversation';
import { bybit } from './bybit/conversation';
import type { Protocol } from './protocol';

/** The exchanges that the streamer can follow, by the name in its configuration. */
export const PROTOCOLS = { bybit, bitget, binance } as const satisfies Record<string, () => Protocol>;
