/**
 * A second, slow exchange for the tests: plain lists and big integers, written from the rules and not from the core. It says which
 * events a command must cause, to the last field.
 */
import { NaiveLedger } from './naive-ledger';
import {
  defineInstrument, EXTERNAL_ACCOUNT, NIL_UUID, specOf,
  type AmendOrder, type CancelAll, type CancelOrder, type CancelReason, type Command, type ConfigureInstrument, type Deposit, type Event, type Instrument,
  type OrderRequest, type PlaceOco, type Rejection, type TradingState, type TransferIn, type TransferOut,
} from '../../domain';

const MAX = BigInt(Number.MAX_SAFE_INTEGER);

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

interface Market {
  instrument: Instrument;
  state: TradingState;
  mark: number;
  last: number;
  low: number;
  high: number;
}

interface Remembered {
  readonly orderId: string;
  readonly accountId: string;
  /** Undefined when the client id belonged to another order. */
  readonly clientOrderId?: string;
  readonly digest: string;
  endedAt?: number;
}

/** An event without what every event has. */
type Bare<E = Event> = E extends Event ? Omit<E, 'partition' | 'seq' | 'time'> : never;

const limited = (r: OrderRequest): boolean => ['limit', 'stop_loss_limit', 'take_profit_limit'].includes(r.orderType);
const triggered = (r: OrderRequest): boolean => r.orderType.startsWith('stop_loss') || r.orderType.startsWith('take_profit');
/** Whether an order waits for the price to fall. */
export const falls = (r: OrderRequest): boolean => (r.side === 'sell') === r.orderType.startsWith('stop_loss');
const tif = (r: OrderRequest): string => (r.orderType === 'market' && r.timeInForce === 'gtc' ? 'ioc' : r.timeInForce);
const least = (a: bigint, ...more: bigint[]): bigint => more.reduce((x, y) => (y < x ? y : x), a);

export class NaiveExchange {
  readonly markets = new Map<string, Market>();
  readonly ledger = new NaiveLedger();
  live: NaiveOrder[] = [];
  private readonly assets = new Map<string, number>();
  private readonly accounts = new Map<string, { house: boolean; killed: boolean }>();
  private remembered: Remembered[] = [];
  private readonly moved = new Set<string>();
  private venue: TradingState = 'open';
  private time = 0;
  private seq = 0;
  private places = 0;
  private events: Event[] = [];

  constructor(private readonly partition: number, private readonly windowMs: number, private version: number) {}

  apply(command: Command): Event[] {
    this.events = [];
    this.time = Math.max(this.time, command.time);
    this.remembered = this.remembered.filter(({ endedAt }) => endedAt === undefined || this.time - endedAt <= this.windowMs);
    switch (command.type) {
      case 'place_order': this.place(command); break;
      case 'place_oco': this.placeList(command); break;
      case 'cancel_order': this.cancelOne(command); break;
      case 'cancel_all': this.cancelMany(command); break;
      case 'amend_order': this.amend(command); break;
      case 'configure_instrument': this.configure(command); break;
      case 'deposit': case 'transfer_out': case 'transfer_in': this.move(command); break;
      case 'set_trading_state': {
        const market = this.markets.get(command.symbol);
        if (command.symbol !== '' && !market) break;
        if ((market ? market.state : this.venue) === command.state) break;
        if (market) market.state = command.state;
        else this.venue = command.state;
        this.say({ type: 'trading_state_set', symbol: command.symbol, state: command.state });
        for (const m of market ? [market] : this.markets.values()) {
          for (const price of [m.mark, m.last]) if (price > 0) this.see(m, price);
        }
        break;
      }
      case 'configure_account': {
        const { accountId, kind, killed } = command;
        const before = this.account(accountId);
        if (before.house === (kind === 'house') && before.killed === killed) break;
        this.accounts.set(accountId, { house: kind === 'house', killed });
        this.say({ type: 'account_configured', accountId, kind, killed });
        if (killed && !before.killed) for (const order of this.byArrival((o) => o.request.accountId === accountId)) this.take(order, 'account_killed');
        break;
      }
      case 'set_mark_price': {
        const market = this.markets.get(command.symbol);
        if (!market || command.priceTicks < 1 || market.mark === command.priceTicks) break;
        market.mark = command.priceTicks;
        this.say({ type: 'mark_price_set', symbol: command.symbol, priceTicks: command.priceTicks });
        this.see(market, market.mark);
        break;
      }
      case 'upgrade':
        if (command.version > this.version) {
          this.version = command.version;
          this.say({ type: 'upgraded', version: command.version });
        }
    }
    for (const market of this.markets.values()) this.fireAll(market);
    return this.events;
  }

  free(accountId: string, asset: string): bigint {
    return this.ledger.free.get(`${accountId} ${asset}`) ?? 0n;
  }

  /** Lots an order has, or could come to have, of the base asset in smallest units. */
  private incoming(accountId: string, asset: string): bigint {
    return this.live.filter(({ request: r, shares }) => r.accountId === accountId && r.side === 'buy' && r.quoteBudget === 0 && !shares)
      .map((o) => ({ o, i: this.markets.get(o.request.symbol)!.instrument })).filter(({ i }) => i.base.code === asset)
      .reduce((sum, { o, i }) => sum + o.remaining * BigInt(i.baseUnitsPerLot), 0n);
  }

  private say(event: Bare): void {
    const full = { ...event, partition: this.partition, seq: ++this.seq, time: this.time } as Event;
    this.ledger.book(full);
    this.events.push(full);
  }

  private account(accountId: string): { house: boolean; killed: boolean } {
    return this.accounts.get(accountId) ?? { house: false, killed: false };
  }

  private claimant(accountId: string, clientOrderId: string): Remembered | undefined {
    return this.remembered.find((m) => m.accountId === accountId && m.clientOrderId === clientOrderId);
  }

  /** An order id is taken while its order lives, and where it had no client id of its own for as long as that is remembered. */
  private taken(orderId: string): boolean {
    return this.live.some(({ request }) => request.orderId === orderId) || this.remembered.some((m) => m.orderId === orderId && m.clientOrderId === undefined);
  }

  private remember(r: OrderRequest, claims: boolean): Remembered {
    const entry = { orderId: r.orderId, accountId: r.accountId, digest: r.digest, ...(claims ? { clientOrderId: r.clientOrderId } : {}) };
    this.remembered.push(entry);
    return entry;
  }

  private reject(r: OrderRequest, listId: string, reason: Rejection, claims: boolean): void {
    this.remember(r, claims).endedAt = this.time;
    this.say({ type: 'order_rejected', ...this.terms(r, listId), reason });
  }

  private terms(r: OrderRequest, listId: string): OrderRequest & { listId: string } {
    const { type: _type, time: _time, ...request } = r as OrderRequest & { type?: string; time?: number };
    return { ...request, timeInForce: tif(r) as OrderRequest['timeInForce'], listId };
  }

  private duplicate(r: OrderRequest, original: Remembered): void {
    this.remember(r, false).endedAt = this.time;
    this.say({ type: 'order_duplicate', orderId: r.orderId, originalOrderId: original.orderId, accountId: r.accountId, clientOrderId: r.clientOrderId });
  }

  private place(r: OrderRequest): void {
    const original = this.claimant(r.accountId, r.clientOrderId);
    if (original?.orderId === r.orderId || this.taken(r.orderId)) return;
    if (original) {
      if (original.digest === r.digest) this.duplicate(r, original);
      else this.reject(r, NIL_UUID, 'duplicate_client_order_id', false);
      return;
    }
    const reason = this.refusal(r);
    if (reason) {
      this.reject(r, NIL_UUID, reason, true);
      return;
    }
    const order = this.accept(r, NIL_UUID, this.need(r, r.priceTicks), false);
    if (!order.waiting) this.enter(order);
  }

  private placeList({ listId, resting, waiting }: PlaceOco): void {
    const ids = [listId, resting.orderId, waiting.orderId];
    if (new Set(ids).size < 3 || ids.some((id) => this.taken(id))) return;
    const originals = [resting, waiting].map((r) => this.claimant(r.accountId, r.clientOrderId));
    if (originals[0]?.orderId === resting.orderId || originals[1]?.orderId === waiting.orderId) return;
    this.remembered.push({ orderId: listId, accountId: resting.accountId, digest: '', endedAt: this.time });
    const [a, b] = originals;
    if (a && b && a.digest === resting.digest && b.digest === waiting.digest) {
      this.duplicate(resting, a);
      this.duplicate(waiting, b);
      return;
    }
    const both = (reason: Rejection, claims: [boolean, boolean]): void => [resting, waiting].forEach((r, n) => this.reject(r, listId, reason, claims[n]));
    if (a || b) return both('duplicate_client_order_id', [false, false]);
    const sameClient = resting.accountId === waiting.accountId && resting.clientOrderId === waiting.clientOrderId;
    const reason = this.listRefusal(resting, waiting, sameClient);
    if (reason) return both(reason, [true, !sameClient]);
    const needs = [this.need(resting, resting.priceTicks), this.need(waiting, waiting.priceTicks)];
    const first = this.accept(resting, listId, needs[1] > needs[0] ? needs[1] : needs[0], false);
    const second = this.accept(waiting, listId, 0n, true);
    first.twin = second;
    second.twin = first;
    return this.enter(first);
  }

  private listRefusal(resting: OrderRequest, waiting: OrderRequest, sameClient: boolean): Rejection | undefined {
    const market = this.markets.get(resting.symbol);
    if (!market || !this.markets.has(waiting.symbol)) return 'unknown_symbol';
    const alike = (['accountId', 'symbol', 'side', 'quantityLots'] as const).every((key) => resting[key] === waiting[key]);
    if (sameClient || !alike || resting.orderType !== 'limit' || resting.timeInForce !== 'gtc' || !triggered(waiting)) return 'invalid_order';
    return this.refusal(resting, { dearer: waiting.priceTicks }) ?? this.refusal(waiting, { second: true })
      ?? (this.crossing(resting.symbol, resting.side, resting.priceTicks).length > 0 ? 'would_take' : undefined);
  }

  /** Smallest units that one lot holds at a limit. */
  private need(r: OrderRequest, price: number): bigint {
    const { instrument } = this.markets.get(r.symbol)!;
    if (price === 0) return 0n;
    return r.side === 'buy' ? BigInt(price) * BigInt(instrument.quoteUnitsPerTickLot) : BigInt(instrument.baseUnitsPerLot);
  }

  private band(market: Market): [low: bigint, high: bigint] {
    const reference = BigInt(market.mark || market.last);
    const reach = (reference * BigInt(market.instrument.priceBandBps)) / 10_000n;
    return reach === 0n && (market.instrument.priceBandBps === 0 || reference === 0n) ? [0n, MAX] : [reference - reach, reference + reach];
  }

  private outside(market: Market, price: number): boolean {
    const [low, high] = this.band(market);
    return BigInt(price) < low || BigInt(price) > high;
  }

  private closed(market: Market): Rejection | undefined {
    if (this.venue !== 'open') return 'venue_not_open';
    return market.state === 'open' ? undefined : 'instrument_not_open';
  }

  private fits(r: OrderRequest, instrument: Instrument, base: bigint): Rejection | undefined {
    const incoming = this.incoming(r.accountId, instrument.base.code);
    if (incoming + base > MAX) return 'out_of_range';
    const has = this.free(r.accountId, instrument.base.code) + (this.ledger.held.get(`${r.accountId} ${instrument.base.code}`) ?? 0n);
    const most = instrument.maxPositionUnits;
    return !this.account(r.accountId).house && most !== Infinity && has + incoming + base > BigInt(most) ? 'position_limit' : undefined;
  }

  private refusal(r: OrderRequest, list: { second?: boolean; dearer?: number } = {}): Rejection | undefined {
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

  private paysWith(r: OrderRequest): string {
    const { base, quote } = this.markets.get(r.symbol)!.instrument;
    return r.side === 'buy' ? quote.code : base.code;
  }

  /** Makers that an order could meet, in the order in which it would; a limit of 0 meets all. */
  private crossing(symbol: string, side: string, limit: number): NaiveOrder[] {
    const sign = side === 'buy' ? 1 : -1;
    return this.live.filter((o) => o.request.symbol === symbol && o.request.side !== side && !o.waiting && o.place > 0)
      .filter((o) => limit === 0 || sign * o.price <= sign * limit).sort((a, b) => sign * (a.price - b.price) || a.place - b.place);
  }

  private fillable(r: OrderRequest, limit: number, lots: bigint): boolean {
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
  private holdOf(order: NaiveOrder): bigint {
    if (order.shares) return 0n;
    const own = this.need(order.request, order.price);
    const other = order.twin ? this.need(order.twin.request, order.twin.price) : 0n;
    return other > own ? other : own;
  }

  private accept(r: OrderRequest, listId: string, each: bigint, shares: boolean): NaiveOrder {
    this.remember(r, true);
    const order: NaiveOrder = {
      request: r, listId, price: r.priceTicks, total: BigInt(r.quantityLots), remaining: BigInt(r.quantityLots), place: 0, arrival: this.seq + 1,
      waiting: triggered(r), amendId: NIL_UUID, gone: false, shares,
    };
    this.live.push(order);
    this.say({ type: 'order_accepted', ...this.terms(r, listId), heldAsset: this.paysWith(r), heldAmount: Number(each * order.total) });
    if (order.waiting) order.place = ++this.places;
    return order;
  }

  /** Says that the remainder of an order is gone, and forgets the order. */
  private drop(order: NaiveOrder, reason: CancelReason, released: bigint): void {
    const { request: r } = order;
    const remaining = r.quoteBudget > 0 ? 0n : order.remaining;
    this.end(order);
    this.say({
      type: 'order_cancelled', orderId: r.orderId, accountId: r.accountId, symbol: r.symbol, reason, remainingLots: Number(remaining),
      releasedAsset: this.paysWith(r), releasedAmount: Number(released),
    });
  }

  private end(order: NaiveOrder): void {
    this.live = this.live.filter((o) => o !== order);
    this.remembered.find((m) => m.orderId === order.request.orderId && m.clientOrderId !== undefined && m.endedAt === undefined)!.endedAt = this.time;
    // The oldest end is forgotten first, so the list is in that order, too.
  }

  /** Ends an order and the other one of its list. */
  private take(order: NaiveOrder, reason: CancelReason): void {
    if (!this.live.includes(order)) return;
    this.drop(order, reason, order.request.quoteBudget > 0 ? 0n : this.holdOf(order) * order.remaining);
    const { twin } = order;
    if (twin && this.live.includes(twin)) this.dropTwin(twin);
  }

  private dropTwin(twin: NaiveOrder): void {
    const released = this.holdOf(twin) * twin.remaining;
    twin.twin = undefined;
    this.drop(twin, 'list', released);
  }

  private byArrival(wanted: (order: NaiveOrder) => boolean): NaiveOrder[] {
    return this.live.filter(wanted).sort((a, b) => a.arrival - b.arrival);
  }

  /** An order meets the market: trades, and rests or ends. */
  private enter(order: NaiveOrder): void {
    const { request: r } = order;
    const reason = this.match(order);
    if (!this.live.includes(order)) return;
    if (order.remaining === 0n && r.quoteBudget === 0) this.end(order);
    else if (reason === 'unfilled' && order.price > 0 && tif(r) === 'gtc') order.place = ++this.places;
    else this.take(order, reason);
  }

  private match(taker: NaiveOrder): CancelReason {
    const { request: r } = taker;
    const market = this.markets.get(r.symbol)!;
    const [low, high] = this.band(market);
    const unit = BigInt(market.instrument.quoteUnitsPerTickLot);
    const lot = BigInt(market.instrument.baseUnitsPerLot);
    let budget = BigInt(r.quoteBudget);
    for (;;) {
      if (r.quoteBudget === 0 && taker.remaining === 0n) return 'unfilled';
      const [maker] = this.crossing(r.symbol, r.side, taker.price);
      if (!maker) return 'unfilled';
      const price = BigInt(maker.price);
      if (taker.price === 0 && this.version >= 2 && (price < low || price > high)) return 'price_band';
      if (maker.request.accountId === r.accountId && r.selfTradePrevention !== 'none') {
        if (r.selfTradePrevention !== 'expire_taker') this.take(maker, 'self_trade');
        if (r.selfTradePrevention !== 'expire_maker') return 'self_trade';
        continue;
      }
      if (taker.price > 0) {
        this.fill(market, taker, maker, least(taker.remaining, maker.remaining));
        continue;
      }
      const wanted = least(maker.remaining, r.quoteBudget > 0 ? budget / (price * unit) : taker.remaining);
      if (wanted === 0n) return 'budget_spent';
      const payable = this.free(r.accountId, this.paysWith(r)) / (r.side === 'buy' ? price * unit : lot);
      const lots = least(wanted, payable, r.quoteBudget > 0 && r.side === 'buy' ? this.room(r, market.instrument) : wanted);
      if (lots > 0n) {
        budget -= lots * price * unit;
        this.fill(market, taker, maker, lots);
      }
      if (lots < wanted) return payable < wanted ? 'insufficient_funds' : 'limit_reached';
      if (r.quoteBudget > 0 && budget === 0n) return 'budget_spent';
    }
  }

  /** Lots that an account may still come to own. */
  private room(r: OrderRequest, { base, maxPositionUnits, baseUnitsPerLot }: Instrument): bigint {
    if (this.account(r.accountId).house || maxPositionUnits === Infinity) return MAX;
    const has = this.free(r.accountId, base.code) + (this.ledger.held.get(`${r.accountId} ${base.code}`) ?? 0n) + this.incoming(r.accountId, base.code);
    return has >= BigInt(maxPositionUnits) ? 0n : (BigInt(maxPositionUnits) - has) / BigInt(baseUnitsPerLot);
  }

  private fee(accountId: string, amount: bigint, ppm: number): number {
    return this.account(accountId).house ? 0 : Number((amount * BigInt(ppm) + 999_999n) / 1_000_000n);
  }

  private fill(market: Market, taker: NaiveOrder, maker: NaiveOrder, lots: bigint): void {
    const { instrument } = market;
    const buys = taker.request.side === 'buy';
    const [buyer, seller] = buys ? [taker, maker] : [maker, taker];
    const baseAmount = lots * BigInt(instrument.baseUnitsPerLot);
    const quoteAmount = lots * BigInt(maker.price) * BigInt(instrument.quoteUnitsPerTickLot);
    const held = (order: NaiveOrder): number => Number(order.price === 0 ? 0n : this.holdOf(order) * lots);
    const [buyerHeld, sellerHeld] = [held(buyer), held(seller)];
    if (taker.request.quoteBudget === 0) taker.remaining -= lots;
    maker.remaining -= lots;
    if (maker.twin) maker.twin.remaining = maker.remaining;
    const { makerFeePpm, takerFeePpm } = instrument;
    this.say({
      type: 'trade', symbol: instrument.symbol, priceTicks: maker.price, quantityLots: Number(lots), takerSide: taker.request.side,
      makerOrderId: maker.request.orderId, makerAccountId: maker.request.accountId, makerRemainingLots: Number(maker.remaining),
      takerOrderId: taker.request.orderId, takerAccountId: taker.request.accountId,
      takerRemainingLots: taker.request.quoteBudget > 0 ? 0 : Number(taker.remaining),
      baseAsset: instrument.base.code, baseAmount: Number(baseAmount), quoteAsset: instrument.quote.code, quoteAmount: Number(quoteAmount),
      buyerHeld, sellerHeld,
      buyerFee: this.fee(buyer.request.accountId, baseAmount, buys ? takerFeePpm : makerFeePpm),
      sellerFee: this.fee(seller.request.accountId, quoteAmount, buys ? makerFeePpm : takerFeePpm),
    });
    if (maker.remaining === 0n) {
      const { twin } = maker;
      this.end(maker);
      if (twin) this.dropTwin(twin);
    }
    market.last = maker.price;
    this.see(market, maker.price);
  }

  private see(market: Market, price: number): void {
    market.low = Math.min(market.low, price);
    market.high = Math.max(market.high, price);
  }

  /** Everything that waits for a price that was seen, one after the other. */
  private fireAll(market: Market): void {
    const { symbol } = market.instrument;
    while (!this.closed(market)) {
      const waiting = this.live.filter((o) => o.waiting && o.request.symbol === symbol);
      const down = waiting.filter(({ request: r }) => falls(r) && r.triggerTicks >= market.low)
        .sort((a, b) => b.request.triggerTicks - a.request.triggerTicks || a.place - b.place);
      const up = waiting.filter(({ request: r }) => !falls(r) && r.triggerTicks <= market.high)
        .sort((a, b) => a.request.triggerTicks - b.request.triggerTicks || a.place - b.place);
      const next = down[0] ?? up[0];
      if (!next) break;
      this.fire(market, next, down.length > 0 ? market.low : market.high);
    }
    market.low = Infinity;
    market.high = -1;
  }

  private fire(market: Market, order: NaiveOrder, priceTicks: number): void {
    const { request: r, twin } = order;
    order.waiting = false;
    order.place = 0;
    this.say({ type: 'order_triggered', orderId: r.orderId, accountId: r.accountId, symbol: r.symbol, priceTicks });
    if (twin) {
      const released = (this.holdOf(twin) - this.need(r, order.price)) * twin.remaining;
      Object.assign(order, { twin: undefined, shares: false });
      twin.twin = undefined;
      this.drop(twin, 'list', released);
    }
    if (order.price > 0 && this.outside(market, order.price)) this.take(order, 'price_band');
    else if (r.postOnly && this.crossing(r.symbol, r.side, order.price).length > 0) this.take(order, 'would_take');
    else if (r.timeInForce === 'fok' && !this.fillable(r, order.price, order.remaining)) this.take(order, 'unfilled');
    else this.enter(order);
  }

  private amend({ amendId, orderId, accountId, priceTicks, quantityLots }: AmendOrder): void {
    const order = this.live.find(({ request: r }) => r.orderId === orderId && r.accountId === accountId);
    const reject = (reason: Rejection): void => this.say({ type: 'amend_rejected', amendId, orderId, accountId, reason });
    if (!order) return reject('unknown_order');
    if (amendId === order.amendId) return undefined;
    if (amendId < order.amendId) return reject('superseded');
    order.amendId = amendId;
    const market = this.markets.get(order.request.symbol)!;
    const price = priceTicks || order.price;
    const total = quantityLots === 0 ? order.total : BigInt(quantityLots);
    const remaining = total - (order.total - order.remaining);
    const shut = this.closed(market);
    if (shut) return reject(shut);
    if (priceTicks === 0 && total === order.total) return reject('nothing_changed');
    const reason = this.amendRefusal(order, market, price, total, remaining);
    if (reason) return reject(reason);
    const keeps = price === order.price && total < order.total;
    const heldDelta = this.need(order.request, price) * remaining - this.holdOf(order) * order.remaining;
    Object.assign(order, { price, total, remaining });
    this.say({
      type: 'order_amended', amendId, orderId, accountId, symbol: order.request.symbol, priceTicks: price, quantityLots: Number(total),
      remainingLots: Number(remaining), keepsPriority: keeps, heldAsset: this.paysWith(order.request), heldDelta: Number(heldDelta),
    });
    if (keeps) return undefined;
    order.place = order.waiting ? ++this.places : 0;
    return order.waiting ? undefined : this.enter(order);
  }

  private amendRefusal(order: NaiveOrder, market: Market, price: number, total: bigint, remaining: bigint): Rejection | undefined {
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

  private halted(symbol: string): Rejection | undefined {
    if (this.venue === 'halted') return 'venue_not_open';
    return this.markets.get(symbol)!.state === 'halted' ? 'instrument_not_open' : undefined;
  }

  private cancelOne({ orderId, accountId, clientOrderId }: CancelOrder): void {
    const order = this.live.find(({ request: r }) => r.accountId === accountId && (clientOrderId === '' ? r.orderId === orderId : r.clientOrderId === clientOrderId));
    const reason = order ? this.halted(order.request.symbol) : 'unknown_order';
    if (order && !reason) this.take(order, 'requested');
    else this.say({ type: 'cancel_rejected', orderId: order?.request.orderId ?? orderId, accountId, reason: reason! });
  }

  private cancelMany({ accountId, symbol }: CancelAll): void {
    const everybody = accountId === NIL_UUID;
    const orders = this.byArrival(({ request: r }) => (everybody || r.accountId === accountId) && (symbol === '' || r.symbol === symbol));
    let refused: Rejection | undefined;
    for (const order of orders) {
      if (!this.live.includes(order)) continue;
      const reason = everybody ? undefined : this.halted(order.request.symbol);
      if (reason) refused ??= reason;
      else this.take(order, 'requested');
    }
    if (refused) this.say({ type: 'cancel_rejected', orderId: NIL_UUID, accountId, reason: refused });
  }

  private move(command: Deposit | TransferOut | TransferIn): void {
    const { accountId, asset, amount } = command;
    const id = command.type === 'deposit' ? command.depositId : command.transferId;
    const key = `${command.type} ${id}`;
    if (this.moved.has(key)) return;
    let reason: Rejection | undefined;
    if (!this.assets.has(asset)) reason = 'unknown_asset';
    else if (amount < 1) reason = 'invalid_quantity';
    else if (command.type === 'transfer_out') reason = this.free(accountId, asset) < BigInt(amount) ? 'insufficient_funds' : undefined;
    else if (accountId === EXTERNAL_ACCOUNT || (this.ledger.supply.get(asset) ?? 0n) + BigInt(amount) > MAX) reason = 'out_of_range';
    if (!reason || command.type === 'transfer_out') this.moved.add(key);
    if (command.type === 'deposit') {
      const deposit = { depositId: id, accountId, asset, amount };
      this.say(reason ? { type: 'deposit_rejected', ...deposit, reason } : { type: 'deposited', ...deposit });
      return;
    }
    const transfer = { transferId: id, accountId, asset, amount };
    if (reason) this.say({ type: 'transfer_rejected', ...transfer, reason });
    else if (command.type === 'transfer_out') this.say({ type: 'transferred_out', ...transfer, toPartition: command.toPartition });
    else this.say({ type: 'transferred_in', ...transfer, fromPartition: command.fromPartition });
  }

  private configure({ instrument: spec }: ConfigureInstrument): void {
    let instrument: Instrument;
    try {
      instrument = defineInstrument(spec);
    } catch {
      return;
    }
    const known = this.markets.get(instrument.symbol);
    const fixed = ['baseUnitsPerLot', 'quoteUnitsPerTickLot'] as const;
    if (known && (instrument.version <= known.instrument.version || fixed.some((key) => known.instrument[key] !== instrument[key])
      || known.instrument.base.code !== instrument.base.code || known.instrument.quote.code !== instrument.quote.code)) return;
    const both = [instrument.base, instrument.quote];
    if (both.some(({ code, decimals }) => (this.assets.get(code) ?? decimals) !== decimals)) return;
    both.forEach(({ code, decimals }) => this.assets.set(code, decimals));
    if (known) known.instrument = instrument;
    else this.markets.set(instrument.symbol, { instrument, state: 'open', mark: 0, last: 0, low: Infinity, high: -1 });
    this.say({ type: 'instrument_configured', instrument: specOf(instrument) });
  }
}
