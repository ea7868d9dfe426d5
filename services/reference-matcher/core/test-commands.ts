/** Commands that the tests of the core write by hand. */
import type { AmendOrder, Command, InstrumentSpec, PlaceOco, PlaceOrder } from '../../domain';

export const PARTITION = 3;
export const WINDOW_MS = 1_000;

export const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
export const ETH: InstrumentSpec = { ...BTC, symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, tickSize: '0.01', lotSize: '0.001' };

export const id = (kind: number, n: number): string => `${String(kind).padStart(8, '0')}-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const account = (n: number): string => id(1, n);
export const order = (n: number): string => id(2, n);
export const digestOf = (n: number): string => String(n).padStart(32, '0');

/** A limit order for the tests that write commands by hand. */
export function place(n: number, accountNo: number, side: 'buy' | 'sell', priceTicks: number, quantityLots: number, more: Partial<PlaceOrder> = {}): PlaceOrder {
  return {
    type: 'place_order', time: 1_000, orderId: order(n), accountId: account(accountNo), clientOrderId: `c${n}`, digest: digestOf(n),
    symbol: 'BTCUSDT', side, orderType: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none',
    priceTicks, triggerTicks: 0, quantityLots, quoteBudget: 0, ...more,
  };
}

export const deposit = (n: number, accountNo: number, asset: string, amount: number): Command => (
  { type: 'deposit', time: 1_000, depositId: id(3, n), accountId: account(accountNo), asset, amount });

export const cancel = (n: number, accountNo: number, time = 1_000): Command => (
  { type: 'cancel_order', time, orderId: order(n), accountId: account(accountNo), clientOrderId: '' });

let amendments = 0;
type Change = Partial<Pick<AmendOrder, 'priceTicks' | 'quantityLots' | 'amendId' | 'time'>>;
export const amend = (n: number, accountNo: number, change: Change): Command => ({
  type: 'amend_order', time: 1_000, amendId: id(4, ++amendments), orderId: order(n), accountId: account(accountNo), priceTicks: 0, quantityLots: 0, ...change,
});

/** A list of a limit order `n` and a stop-loss `n + 1`, limited or not. */
export function oco(n: number, accountNo: number, side: 'buy' | 'sell', lots: number, prices: { limit: number; stop: number; stopLimit?: number }): PlaceOco {
  const { type: _resting, time, ...resting } = place(n, accountNo, side, prices.limit, lots);
  const { type: _waiting, time: _time, ...waiting } = place(n + 1, accountNo, side, prices.stopLimit ?? 0, lots, {
    orderType: prices.stopLimit === undefined ? 'stop_loss' : 'stop_loss_limit', triggerTicks: prices.stop,
  });
  return { type: 'place_oco', time, listId: id(5, n), resting, waiting };
}
