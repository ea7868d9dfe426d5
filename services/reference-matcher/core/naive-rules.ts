/** The rules of the naive exchange: what is allowed, what it costs, who meets whom. Nothing here changes a book or a balance. */
import { NaiveLedger } from './naive-ledger';
import type { Event, Instrument, OrderRequest, Rejection, TradingState } from '../../domain';

export const MAX = BigInt(Number.MAX_SAFE_INTEGER);

export interface NaiveOrder {
  readonly request: OrderRequest;
  readonly listId: string;
  price: number;
  total: bigint;
  remaining: bigint;
  /** Place in the queue: the higher, the later. */
  place: number;
  readonly arrival: number;
  waiting: boolean;
  amendId: string;
  /** Leaves the market as soon as it has met it. */
  gone: boolean;
  /** The other order of its list, and whether this is the one that shares the other's hold. */
  twin?: NaiveOrder;
  shares: boolean;
}

export interface Market {
  instrument: Instrument;
  state: TradingState;
  mark: number;
  last: number;
  low: number;
  high: number;
}

export interface Remembered {
  readonly orderId: string;
  readonly accountId: string;
  /** Undefined when the client id belonged to another order. */
  readonly clientOrderId?: string;
  readonly digest: string;
  endedAt?: number;
}

/** An event without what every event has. */
export type Bare<E = Event> = E extends Event ? Omit<E, 'partition' | 'seq' | 'time'> : never;

export const limited = (r: OrderRequest): boolean => ['limit', 'stop_loss_limit', 'take_profit_limit'].includes(r.orderType);
export const triggered = (r: OrderRequest): boolean => r.orderType.startsWith('stop_loss') || r.orderType.startsWith('take_profit');
/** Whether an order waits for the price to fall. */
export const falls = (r: OrderRequest): boolean => (r.side === 'sell') === r.orderType.startsWith('stop_loss');
export const tif = (r: OrderRequest): string => (r.orderType === 'market' && r.timeInForce === 'gtc' ? 'ioc' : r.timeInForce);
export const least = (a: bigint, ...more: bigint[]): bigint => more.reduce((x, y) => (y < x ? y : x), a);

export class NaiveRules {
  readonly markets = new Map<string, Market>();
  readonly ledger = new NaiveLedger();
  live: NaiveOrder[] = [];
  protected readonly assets = new Map<string, number>();
  protected readonly accounts = new Map<string, { house: boolean; killed: boolean }>();
  protected remembered: Remembered[] = [];
  protected readonly moved = new Set<string>();
  /** Accounts that were opened or reset. */
  protected readonly begun = new Set<string>();
  protected venue: TradingState = 'open';
  protected time = 0;
  protected seq = 0;
  protected places = 0;
  protected events: Event[] = [];

  constructor(protected readonly partition: number, protected readonly windowMs: number, protected version: number) {}

  free(accountId: string, asset: string): bigint {
    return this.ledger.free.get(`${accountId} ${asset}`) ?? 0n;
  }

  /** Lots an order has, or could come to have, of the base asset in smallest units. */
  protected incoming(accountId: string, asset: string): bigint {
    return this.live.filter(({ request: r, shares }) => r.accountId === accountId && r.side === 'buy' && r.quoteBudget === 0 && !shares)
      .map((o) => ({ o, i: this.markets.get(o.request.symbol)!.instrument })).filter(({ i }) => i.base.code === asset)
      .reduce((sum, { o, i }) => sum + o.remaining * BigInt(i.baseUnitsPerLot), 0n);
  }

  protected say(event: Bare): void {
    const full = { ...event, partition: this.partition, seq: ++this.seq, time: this.time } as Event;
    this.ledger.book(full);
    this.events.push(full);
  }

  protected account(accountId: string): { house: boolean; killed: boolean } {
    return this.accounts.get(accountId) ?? { house: false, killed: false };
  }

  protected claimant(accountId: string, clientOrderId: string): Remembered | undefined {
    return this.remembered.find((m) => m.accountId === accountId && m.clientOrderId === clientOrderId);
  }

  /** An order id is taken while its order lives, and where it had no client id of its own for as long as that is remembered. */
  protected taken(orderId: string): boolean {
    return this.live.some(({ request }) => request.orderId === orderId)
      || this.remembered.some((m) => m.orderId === orderId && m.clientOrderId === undefined);
  }

  protected remember(r: OrderRequest, claims: boolean): Remembered {
    const entry = { orderId: r.orderId, accountId: r.accountId, digest: r.digest, ...(claims ? { clientOrderId: r.clientOrderId } : {}) };
    this.remembered.push(entry);
    return entry;
  }

  protected reject(r: OrderRequest, listId: string, reason: Rejection, claims: boolean): void {
    this.remember(r, claims).endedAt = this.time;
    this.say({ type: 'order_rejected', ...this.terms(r, listId), reason });
  }

  protected terms(r: OrderRequest, listId: string): OrderRequest & { listId: string } {
    const { type: _type, time: _time, ...request } = r as OrderRequest & { type?: string; time?: number };
    return { ...request, timeInForce: tif(r) as OrderRequest['timeInForce'], listId };
  }

  protected duplicate(r: OrderRequest, listId: string, original: Remembered): void {
    this.remember(r, false).endedAt = this.time;
    this.say({ type: 'order_duplicate', orderId: r.orderId, originalOrderId: original.orderId, accountId: r.accountId, clientOrderId: r.clientOrderId, listId });
  }

  protected listRefusal(resting: OrderRequest, waiting: OrderRequest, sameClient: boolean): Rejection | undefined {
    const market = this.markets.get(resting.symbol);
    if (!market || !this.markets.has(waiting.symbol)) return 'unknown_symbol';
    const alike = (['accountId', 'symbol', 'side', 'quantityLots'] as const).every((key) => resting[key] === waiting[key]);
    if (sameClient || !alike || resting.orderType !== 'limit' || resting.timeInForce !== 'gtc' || !triggered(waiting)) return 'invalid_order';
    return this.refusal(resting, { dearer: waiting.priceTicks }) ?? this.refusal(waiting, { second: true })
      ?? (this.crossing(resting.symbol, resting.side, resting.priceTicks).length > 0 ? 'would_take' : undefined);
  }

  /** Smallest units that one lot holds at a limit. */
  protected need(r: OrderRequest, price: number): bigint {
    const { instrument } = this.markets.get(r.symbol)!;
    if (price === 0) return 0n;
    return r.side === 'buy' ? BigInt(price) * BigInt(instrument.quoteUnitsPerTickLot) : BigInt(instrument.baseUnitsPerLot);
  }

  protected band(market: Market): [low: bigint, high: bigint] {
    const reference = BigInt(market.mark || market.last);
    const reach = (reference * BigInt(market.instrument.priceBandBps)) / 10_000n;
    return reach === 0n && (market.instrument.priceBandBps === 0 || reference === 0n) ? [0n, MAX] : [reference - reach, reference + reach];
  }

  protected outside(market: Market, price: number): boolean {
    const [low, high] = this.band(market);
    return BigInt(price) < low || BigInt(price) > high;
  }

  protected closed(market: Market): Rejection | undefined {
    if (this.venue !== 'open') return 'venue_not_open';
    return market.state === 'open' ? undefined : 'instrument_not_open';
  }

  protected fits(r: OrderRequest, instrument: Instrument, base: bigint): Rejection | undefined {
    const incoming = this.incoming(r.accountId, instrument.base.code);
    if (incoming + base > MAX) return 'out_of_range';
    const has = this.free(r.accountId, instrument.base.code) + (this.ledger.held.get(`${r.accountId} ${instrument.base.code}`) ?? 0n);
    const most = instrument.maxPositionUnits;
    return !this.account(r.accountId).house && most !== Infinity && has + incoming + base > BigInt(most) ? 'position_limit' : undefined;
  }

  protected refusal(r: OrderRequest, list: { second?: boolean; dearer?: number } = {}): Rejection | undefined {
    const market = this.markets.get(r.symbol);
    if (!market) return 'unknown_symbol';
    const { instrument } = market;
    if (triggered(r) !== r.triggerTicks > 0 || (r.postOnly && (!limited(r) || r.timeInForce !== 'gtc'))) return 'invalid_order';
    if (limited(r) !== r.priceTicks > 0) return 'invalid_price';
    if (r.quoteBudget > 0 && (r.orderType !== 'market' || r.timeInForce === 'fok')) return 'invalid_order';
    if (r.quoteBudget > 0 ? r.quantityLots !== 0 : r.quantityLots < 1) return 'invalid_quantity';
    const shut = this.closed(market);
    if (shut) return shut;
    const { house, killed } = this.account(r.accountId);
    if (killed) return 'account_killed';
    const lots = BigInt(r.quantityLots);
    const base = lots * BigInt(instrument.baseUnitsPerLot);
    const quote = BigInt(r.priceTicks) * lots * BigInt(instrument.quoteUnitsPerTickLot);
    if (base > MAX || quote > MAX) return 'out_of_range';
    const mayStay = triggered(r) || (r.orderType === 'limit' && r.timeInForce === 'gtc');
    const open = this.live.filter(({ request: o }) => o.accountId === r.accountId && o.symbol === r.symbol).length;
    if (mayStay && !house && open + (list.second ? 1 : 0) >= instrument.maxOpenOrders) return 'too_many_open_orders';
    const guess = r.priceTicks || r.triggerTicks || market.mark || market.last;
    const worth = r.quoteBudget > 0 ? BigInt(r.quoteBudget) : BigInt(guess) * lots * BigInt(instrument.quoteUnitsPerTickLot);
    if ((guess > 0 || r.quoteBudget > 0) && worth < BigInt(instrument.minNotionalUnits)) return 'below_minimum_notional';
    if (r.orderType === 'limit' && this.outside(market, r.priceTicks)) return 'outside_price_band';
    if (r.side === 'buy' && r.quoteBudget === 0 && !list.second) {
      const tooMuch = this.fits(r, instrument, base);
      if (tooMuch) return tooMuch;
    }
    if (triggered(r) && [market.mark, market.last].some((price) => price > 0 && (falls(r) ? price <= r.triggerTicks : price >= r.triggerTicks))) {
      return 'would_trigger_immediately';
    }
    const each = this.need(r, Math.max(r.priceTicks, list.dearer ?? 0));
    if (!list.second && this.free(r.accountId, this.paysWith(r)) < lots * each) return 'insufficient_funds';
    if (r.postOnly && r.orderType === 'limit' && this.crossing(r.symbol, r.side, r.priceTicks).length > 0) return 'would_take';
    if (r.timeInForce === 'fok' && !triggered(r) && !this.fillable(r, r.priceTicks, lots)) return 'would_not_fill';
    return undefined;
  }

  protected paysWith(r: OrderRequest): string {
    const { base, quote } = this.markets.get(r.symbol)!.instrument;
    return r.side === 'buy' ? quote.code : base.code;
  }

  /** Makers that an order could meet, in the order in which it would; a limit of 0 meets all. */
  protected crossing(symbol: string, side: string, limit: number): NaiveOrder[] {
    const sign = side === 'buy' ? 1 : -1;
    return this.live.filter((o) => o.request.symbol === symbol && o.request.side !== side && !o.waiting && o.place > 0)
      .filter((o) => limit === 0 || sign * o.price <= sign * limit).sort((a, b) => sign * (a.price - b.price) || a.place - b.place);
  }

  protected fillable(r: OrderRequest, limit: number, lots: bigint): boolean {
    const market = this.markets.get(r.symbol)!;
    const { instrument } = market;
    const free = this.free(r.accountId, this.paysWith(r));
    let left = lots;
    let cost = 0n;
    for (const maker of this.crossing(r.symbol, r.side, limit)) {
      if (left === 0n) break;
      if (limit === 0 && this.version >= 2 && this.outside(market, maker.price)) break;
      if (maker.request.accountId === r.accountId && r.selfTradePrevention !== 'none') {
        if (r.selfTradePrevention === 'expire_maker') continue;
        break;
      }
      const here = least(left, maker.remaining);
      left -= here;
      cost += here * (r.side === 'buy' ? BigInt(maker.price) * BigInt(instrument.quoteUnitsPerTickLot) : BigInt(instrument.baseUnitsPerLot));
    }
    return left === 0n && (limit > 0 || cost <= free);
  }

  /** Held for each lot of an order that is not filled. */
  protected holdOf(order: NaiveOrder): bigint {
    if (order.shares) return 0n;
    const own = this.need(order.request, order.price);
    const other = order.twin ? this.need(order.twin.request, order.twin.price) : 0n;
    return other > own ? other : own;
  }

  protected byArrival(wanted: (order: NaiveOrder) => boolean): NaiveOrder[] {
    return this.live.filter(wanted).sort((a, b) => a.arrival - b.arrival);
  }

  /** Lots that an account may still come to own. */
  protected room(r: OrderRequest, { base, maxPositionUnits, baseUnitsPerLot }: Instrument): bigint {
    if (this.account(r.accountId).house || maxPositionUnits === Infinity) return MAX;
    const has = this.free(r.accountId, base.code) + (this.ledger.held.get(`${r.accountId} ${base.code}`) ?? 0n) + this.incoming(r.accountId, base.code);
    return has >= BigInt(maxPositionUnits) ? 0n : (BigInt(maxPositionUnits) - has) / BigInt(baseUnitsPerLot);
  }

  protected fee(accountId: string, amount: bigint, ppm: number): number {
    return this.account(accountId).house ? 0 : Number((amount * BigInt(ppm) + 999_999n) / 1_000_000n);
  }

  protected amendRefusal(order: NaiveOrder, market: Market, price: number, total: bigint, remaining: bigint): Rejection | undefined {
    const { request: r } = order;
    const { instrument } = market;
    if (this.account(r.accountId).killed) return 'account_killed';
    if (order.twin) return 'invalid_order';
    if (!limited(r) && price !== 0) return 'invalid_price';
    if (remaining < 1n) return 'invalid_quantity';
    const quote = BigInt(price) * total * BigInt(instrument.quoteUnitsPerTickLot);
    if (total * BigInt(instrument.baseUnitsPerLot) > MAX || quote > MAX) return 'out_of_range';
    const worth = limited(r) ? quote : BigInt(r.triggerTicks) * total * BigInt(instrument.quoteUnitsPerTickLot);
    if (worth < BigInt(instrument.minNotionalUnits)) return 'below_minimum_notional';
    if (!order.waiting && price !== order.price && this.outside(market, price)) return 'outside_price_band';
    if (r.side === 'buy' && remaining > order.remaining) {
      const tooMuch = this.fits(r, instrument, (remaining - order.remaining) * BigInt(instrument.baseUnitsPerLot));
      if (tooMuch) return tooMuch;
    }
    if (this.free(r.accountId, this.paysWith(r)) < this.need(r, price) * remaining - this.holdOf(order) * order.remaining) return 'insufficient_funds';
    return !order.waiting && r.postOnly && this.crossing(r.symbol, r.side, price).length > 0 ? 'would_take' : undefined;
  }

  protected halted(symbol: string): Rejection | undefined {
    if (this.venue === 'halted') return 'venue_not_open';
    return this.markets.get(symbol)!.state === 'halted' ? 'instrument_not_open' : undefined;
  }
}
