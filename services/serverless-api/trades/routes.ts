import { z } from 'zod';
import { newOrderId, parseQuantity } from '../../domain';
import { stageOf } from '../../runtime';
import { unavailable } from '../http/api-error';
import type { Route } from '../http/router';
import { decimalText, limitText, validate } from '../http/validate';
import type { Instruments } from '../instruments';
import { MAX_PRICE_AGE_MS, type PriceSource, type Quote } from '../market/prices';
import { parsePrice } from '../money';
import { valuation } from '../portfolio/valuation';
import type { Accounts } from '../wallets/accounts';
import { type Trade, tradeKey } from '../wallets/wallet';
import type { WalletStore } from '../wallets/wallet-store';

const order = z.strictObject({
  symbol: z.string().max(16),
  action: z.enum(['BUY', 'SELL'], { error: 'must be BUY or SELL' }),
  quantity: decimalText,
  clientTradeId: z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, dots, dashes or underscores' }).optional(),
});
const list = z.strictObject({ limit: limitText, before: z.string().max(80).optional() });
const tape = z.strictObject({ limit: limitText });

export interface TradesDependencies {
  readonly accounts: Accounts;
  readonly store: WalletStore;
  readonly instruments: Instruments;
  readonly prices: PriceSource;
}

/** The group `trades`: what is bought and sold, by whom and by symbol. */
export function tradesRoutes({ accounts, store, instruments, prices }: TradesDependencies): Route[] {
  return [
    {
      method: 'POST', path: '/v1/trades', access: 'user',
      handle: async ({ body, userId }) => {
        const { symbol, action, quantity, clientTradeId } = validate(order, body);
        const instrument = instruments.get(symbol);
        const baseUnits = parseQuantity(instrument, quantity) * instrument.baseUnitsPerLot;
        const quotes = await stageOf('book', () => prices.latest(instruments.list().map((one) => one.symbol)));
        const price = parsePrice(fresh(quotes, symbol).price);
        const tradeId = newOrderId();
        const asked = { tradeId, clientTradeId: clientTradeId ?? tradeId, timestamp: new Date().toISOString(), action, baseUnits };
        const outcome = await accounts.trade(userId, instrument, asked, price, (balances) => valuation(instruments, balances, quotes).value);
        const { positions } = valuation(instruments, outcome.wallet.balances, quotes);
        return { status: outcome.isNew ? 201 : 200, body: { trade: outcome.trade, balances: positions } };
      },
    },
    {
      method: 'GET', path: '/v1/trades', access: 'user',
      handle: async ({ query, userId }) => {
        const { limit, before } = validate(list, query);
        const trades = await accounts.trades(userId, limit, before);
        return { status: 200, body: { trades, ...(trades.length === limit ? { next: tradeKey(trades[limit - 1]) } : {}) } };
      },
    },
    {
      method: 'GET', path: '/v1/symbols/{symbol}/trades', access: 'user',
      handle: async ({ params, query }) => {
        const { symbol } = instruments.get(params.symbol);
        const trades = await store.tradesOfSymbol(symbol, validate(tape, query).limit);
        return { status: 200, body: { symbol, trades: trades.map(anonymous) } };
      },
    },
    {
      method: 'GET', path: '/v1/symbols/{symbol}/prices', access: 'user',
      handle: async ({ params, query }) => {
        const { symbol } = instruments.get(params.symbol);
        return { status: 200, body: { symbol, prices: await prices.recent(symbol, validate(tape, query).limit) } };
      },
    },
  ];
}

function fresh(quotes: readonly Quote[], symbol: string): Quote {
  const quote = quotes.find((one) => one.symbol === symbol);
  if (!quote || Date.now() - quote.time > MAX_PRICE_AGE_MS) {
    throw unavailable('price_unavailable', `There is no price of ${symbol} of the last ${MAX_PRICE_AGE_MS / 1_000} seconds; nothing was done.`);
  }
  return quote;
}

/** What everybody may see of a trade: not who made it, nor what else they own. */
function anonymous({ timestamp, action, quantity, price }: Trade): object {
  return { timestamp, action, quantity, price };
}
