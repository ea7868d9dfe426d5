import { type CancelReason, type Event, FEE_ACCOUNT, type InstrumentSpec, NIL_UUID, type Rejection, type Side } from '../../domain';

/** What a random test does to the venue. Accounts are small numbers. */
export type Action =
  | { readonly do: 'deposit'; readonly account: number; readonly asset: 'BTC' | 'USDT'; readonly amount: number; readonly refuse?: boolean }
  | {
    readonly do: 'place'; readonly account: number; readonly side: Side; readonly market: boolean; readonly ioc: boolean;
    readonly price: number; readonly lots: number;
  }
  | { readonly do: 'cancel'; readonly pick: number }
  | { readonly do: 'again'; readonly pick: number }
  | { readonly do: 'transfer'; readonly account: number; readonly asset: 'BTC' | 'USDT'; readonly amount: number; readonly out: boolean; readonly outside: boolean }
  | { readonly do: 'amend'; readonly pick: number; readonly lots: number }
  | { readonly do: 'begin'; readonly account: number; readonly reset: boolean }
  | { readonly do: 'operate'; readonly account: number; readonly price: number }
  | { readonly do: 'configure' };

export interface VenueOrder {
  readonly id: string;
  readonly account: string;
  readonly side: Side;
  /** Ticks; 0 for a market order. */
  readonly price: number;
  lots: number;
  remaining: number;
  status: 'open' | 'filled' | 'cancelled' | 'rejected';
  reason: string | null;
}

export const SPEC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
const LOT = 10_000;
const TICK_LOT = 10;
/** The taker's fee; a maker pays half of it. */
const FEE_PPM = 2_000;
/** A partition that funds go to and come from. */
export const ELSEWHERE = 9;

export const accountOf = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;

type Unnumbered<T> = T extends Event ? Omit<T, 'partition' | 'seq' | 'time'> : never;

/**
 * As simple an exchange as can be, to have streams of events that could be real: a list of orders, searched from the start. Its
 * balances are kept in its own way, so that what the ledger holds can be compared with them.
 */
export class Venue {
  readonly events: Event[] = [];
  readonly orders: VenueOrder[] = [];
  /** Total (free and held) by `account/asset`. */
  readonly owned = new Map<string, number>();
  /** What came in from the outside, and from another partition, less what went there. */
  readonly deposited = new Map<string, number>();
  readonly transit = new Map<string, number>();
  trades = 0;
  private ids = 0;
  private version = 1;
  private readonly begun = new Set<string>();

  /** @param salt eight hex digits that all of this venue's ids begin with */
  constructor(private readonly partition: number, private readonly salt: string) {}

  run(actions: readonly Action[]): this {
    for (const action of actions) this.act(action);
    return this;
  }

  /** What the open orders of an account hold of an asset. */
  held(account: string, asset: string): number {
    return this.orders.filter((order) => order.account === account && order.status === 'open' && assetOf(order) === asset)
      .reduce((sum, order) => sum + holdOf(order, order.remaining), 0);
  }

  free(account: string, asset: string): number {
    return (this.owned.get(`${account}/${asset}`) ?? 0) - this.held(account, asset);
  }

  private act(action: Action): void {
    switch (action.do) {
      case 'deposit': return this.deposit(accountOf(action.account), action.asset, action.amount, action.refuse === true);
      case 'place': return this.place(action);
      case 'cancel': return this.cancel(action.pick);
      case 'again': return this.again(action.pick);
      case 'transfer': return this.transfer(action);
      case 'amend': return this.amend(action.pick, action.lots);
      case 'begin': return this.begin(accountOf(action.account), action.reset);
      case 'operate': return this.operate(action.account, action.price);
      case 'configure': return this.emit({ type: 'instrument_configured', instrument: { ...SPEC, version: this.version++ } });
    }
  }

  private deposit(accountId: string, asset: string, amount: number, refuse: boolean): void {
    const deposit = { depositId: this.newId(), accountId, asset, amount };
    if (refuse) return this.emit({ type: 'deposit_rejected', ...deposit, reason: 'unknown_asset' });
    this.move(accountId, asset, amount);
    this.deposited.set(asset, (this.deposited.get(asset) ?? 0) + amount);
    this.emit({ type: 'deposited', ...deposit });
  }

  private transfer({ account, asset, amount, out, outside }: Extract<Action, { do: 'transfer' }>): void {
    const transfer = { transferId: this.newId(), accountId: accountOf(account), asset, amount };
    const other = outside ? this.partition : ELSEWHERE;
    if (out && this.free(transfer.accountId, asset) < amount) return this.emit({ type: 'transfer_rejected', direction: 'out', ...transfer, reason: 'insufficient_funds' });
    this.move(transfer.accountId, asset, out ? -amount : amount);
    const where = outside ? this.deposited : this.transit;
    where.set(asset, (where.get(asset) ?? 0) + (out ? -amount : amount));
    this.emit(out ? { type: 'transferred_out', ...transfer, toPartition: other } : { type: 'transferred_in', ...transfer, fromPartition: other });
  }

  /** Sets the total of an open order; never below what is filled. */
  private amend(pick: number, lots: number): void {
    const open = this.orders.filter(({ status }) => status === 'open');
    const order = open[pick % open.length];
    const ids = { amendId: this.newId(), orderId: order?.id ?? this.newId(), accountId: order?.account ?? accountOf(0) };
    if (!order) return this.emit({ type: 'amend_rejected', ...ids, reason: 'unknown_order' });
    const remaining = lots - (order.lots - order.remaining);
    const heldDelta = holdOf(order, remaining) - holdOf(order, order.remaining);
    if (remaining < 1 || remaining === order.remaining) return this.emit({ type: 'amend_rejected', ...ids, reason: 'nothing_changed' });
    if (this.free(order.account, assetOf(order)) < heldDelta) return this.emit({ type: 'amend_rejected', ...ids, reason: 'insufficient_funds' });
    Object.assign(order, { lots, remaining });
    this.emit({
      type: 'order_amended', ...ids, symbol: SPEC.symbol, priceTicks: order.price, quantityLots: lots, remainingLots: remaining, keepsPriority: heldDelta < 0,
      heldAsset: assetOf(order), heldDelta,
    });
  }

  /** Everybody begins with these. */
  private begin(accountId: string, reset: boolean): void {
    if (!reset && this.begun.has(accountId)) return this.emit({ type: 'account_refused', resetId: NIL_UUID, accountId, reason: 'not_a_customer' });
    this.begun.add(accountId);
    for (const order of reset ? this.orders.filter(({ account, status }) => account === accountId && status === 'open') : []) this.end(order, 'account_reset');
    const balances = ['BTC', 'USDT'].map((asset) => ({
      asset, before: this.owned.get(`${accountId}/${asset}`) ?? 0, after: asset === 'USDT' ? 5_000 : 0,
    }));
    for (const { asset, before, after } of balances) {
      const change = reset ? after - before : after;
      if (change === 0) continue;
      this.move(accountId, asset, change);
      this.deposited.set(asset, (this.deposited.get(asset) ?? 0) + change);
    }
    if (reset) return this.emit({ type: 'account_reset', resetId: this.newId(), accountId, balances });
    return this.emit({ type: 'account_opened', accountId, funds: [{ asset: 'USDT', amount: 5_000 }] });
  }

  private operate(account: number, priceTicks: number): void {
    this.emit({ type: 'trading_state_set', symbol: priceTicks % 2 ? SPEC.symbol : '', state: priceTicks % 3 ? 'open' : 'cancel_only' });
    this.emit({ type: 'account_configured', accountId: accountOf(account), kind: 'house', killed: false });
    this.emit({ type: 'mark_price_set', symbol: SPEC.symbol, priceTicks });
    this.emit({ type: 'upgraded', version: priceTicks });
  }

  private place({ account, side, market, ioc, price, lots }: Extract<Action, { do: 'place' }>): void {
    const order: VenueOrder = {
      id: this.newId(), account: accountOf(account), side, price: market ? 0 : price, lots, remaining: lots, status: 'open', reason: null,
    };
    const terms = {
      orderId: order.id, accountId: order.account, clientOrderId: `c-${this.ids}`, symbol: SPEC.symbol, side,
      orderType: market ? 'market' : 'limit', timeInForce: market || ioc ? 'ioc' : 'gtc', priceTicks: order.price, quantityLots: lots,
      postOnly: false, selfTradePrevention: 'none', triggerTicks: 0, quoteBudget: 0, listId: NIL_UUID, digest: this.ids.toString(16).padStart(32, '0'),
    } as const;
    const hold = holdOf(order, lots);
    if (this.free(order.account, assetOf(order)) < hold) {
      const reason: Rejection = 'insufficient_funds';
      this.orders.push(Object.assign(order, { status: 'rejected', reason }));
      return this.emit({ type: 'order_rejected', ...terms, reason });
    }
    const resting = this.orders.filter((other) => other.status === 'open' && other.side !== side && crosses(order, other));
    resting.sort((a, b) => (side === 'buy' ? a.price - b.price : b.price - a.price));
    this.orders.push(order);
    this.emit({ type: 'order_accepted', ...terms, heldAsset: assetOf(order), heldAmount: hold });
    for (const maker of resting) {
      if (order.remaining === 0) break;
      const quantity = Math.min(order.remaining, maker.remaining);
      const [asset, cost] = side === 'buy' ? ['USDT', maker.price * quantity * TICK_LOT] : ['BTC', quantity * LOT];
      if (market && this.free(order.account, asset) < cost) return this.end(order, 'insufficient_funds');
      this.trade(order, maker, quantity);
    }
    if (order.remaining > 0 && (market || ioc)) this.end(order, 'unfilled');
  }

  private trade(taker: VenueOrder, maker: VenueOrder, lots: number): void {
    const [buyer, seller] = taker.side === 'buy' ? [taker, maker] : [maker, taker];
    const [baseAmount, quoteAmount] = [lots * LOT, maker.price * lots * TICK_LOT];
    for (const order of [taker, maker]) {
      order.remaining -= lots;
      if (order.remaining === 0) order.status = 'filled';
    }
    this.move(buyer.account, 'USDT', -quoteAmount);
    const feeOf = (order: VenueOrder, amount: number): number => Math.ceil(amount * (order === taker ? FEE_PPM : FEE_PPM / 2) / 1_000_000);
    const [buyerFee, sellerFee] = [feeOf(buyer, baseAmount), feeOf(seller, quoteAmount)];
    this.move(seller.account, 'USDT', quoteAmount - sellerFee);
    this.move(seller.account, 'BTC', -baseAmount);
    this.move(buyer.account, 'BTC', baseAmount - buyerFee);
    this.move(FEE_ACCOUNT, 'BTC', buyerFee);
    this.move(FEE_ACCOUNT, 'USDT', sellerFee);
    this.trades += 1;
    this.emit({
      type: 'trade', symbol: SPEC.symbol, priceTicks: maker.price, quantityLots: lots, takerSide: taker.side,
      makerOrderId: maker.id, makerAccountId: maker.account, makerRemainingLots: maker.remaining,
      takerOrderId: taker.id, takerAccountId: taker.account, takerRemainingLots: taker.remaining,
      baseAsset: 'BTC', baseAmount, quoteAsset: 'USDT', quoteAmount, buyerHeld: holdOf(buyer, lots), sellerHeld: holdOf(seller, lots),
      buyerFee, sellerFee,
    });
  }

  private cancel(pick: number): void {
    const open = this.orders.filter(({ status }) => status === 'open');
    if (open.length > 0) return this.end(open[pick % open.length], 'requested');
    this.emit({ type: 'cancel_rejected', orderId: this.newId(), accountId: accountOf(0), reason: 'unknown_order' });
  }

  /** An append that was repeated: of a known order nothing happens, a rejected one is rejected a second time. */
  private again(pick: number): void {
    if (this.orders.length === 0) return;
    const order = this.orders[pick % this.orders.length];
    if (order.status !== 'rejected') {
      return this.emit({ type: 'order_duplicate', orderId: order.id, originalOrderId: order.id, accountId: order.account, clientOrderId: 'c', listId: NIL_UUID });
    }
    const first = this.events.find((event) => event.type === 'order_rejected' && event.orderId === order.id);
    if (first?.type === 'order_rejected') this.emit({ ...first });
  }

  private end(order: VenueOrder, reason: CancelReason): void {
    const releasedAmount = holdOf(order, order.remaining);
    Object.assign(order, { status: 'cancelled', reason });
    this.emit({
      type: 'order_cancelled', orderId: order.id, accountId: order.account, symbol: SPEC.symbol, reason, remainingLots: order.remaining,
      releasedAsset: assetOf(order), releasedAmount,
    });
  }

  private move(account: string, asset: string, amount: number): void {
    this.owned.set(`${account}/${asset}`, (this.owned.get(`${account}/${asset}`) ?? 0) + amount);
  }

  private emit(event: Unnumbered<Event>): void {
    const seq = this.events.length + 1;
    this.events.push({ ...event, partition: this.partition, seq, time: 1_700_000_000_000 + seq } as Event);
  }

  private newId(): string {
    return `${this.salt}-0000-7000-8000-${String(++this.ids).padStart(12, '0')}`;
  }
}

const assetOf = ({ side }: VenueOrder): string => (side === 'buy' ? 'USDT' : 'BTC');

/** A market order holds nothing. */
function holdOf({ side, price }: VenueOrder, lots: number): number {
  return price === 0 ? 0 : side === 'buy' ? price * lots * TICK_LOT : lots * LOT;
}

function crosses(taker: VenueOrder, maker: VenueOrder): boolean {
  return taker.price === 0 || (taker.side === 'buy' ? maker.price <= taker.price : maker.price >= taker.price);
}
