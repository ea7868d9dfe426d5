/**
 * A second, slow exchange for the tests: plain lists and big integers, written from the rules and not from the core. It says which
 * events a command must cause, to the last field.
 */
import { falls, least, MAX, type Market, type NaiveOrder, NaiveRules, tif, triggered } from './naive-rules';
import {
  defineInstrument, EXTERNAL_ACCOUNT, FEE_ACCOUNT, NIL_UUID, specOf,
  type AmendOrder, type CancelAll, type CancelOrder, type CancelReason, type Command, type ConfigureInstrument, type Deposit, type Event,
  type Funds, type Instrument, type OpenAccount, type OrderRequest, type PlaceOco, type Rejection, type ResetAccount, type TransferIn,
  type TransferOut,
} from '../../domain';

export { falls, type NaiveOrder } from './naive-rules';

export class NaiveExchange extends NaiveRules {
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
      case 'open_account': this.openAccount(command); break;
      case 'reset_account': this.resetAccount(command); break;
      case 'upgrade':
        if (command.version > this.version || (this.seq === 0 && command.version > 0)) {
          this.version = command.version;
          this.say({ type: 'upgraded', version: command.version });
        }
    }
    for (const market of this.markets.values()) this.fireAll(market);
    return this.events;
  }

  private place(r: OrderRequest): void {
    const original = this.claimant(r.accountId, r.clientOrderId);
    if (original?.orderId === r.orderId || this.taken(r.orderId)) return;
    if (original) {
      if (original.digest === r.digest) this.duplicate(r, NIL_UUID, original);
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
      this.duplicate(resting, listId, a);
      this.duplicate(waiting, listId, b);
      return;
    }
    const both = (reason: Rejection, claims: [boolean, boolean]): void => {
      [resting, waiting].forEach((r, n) => this.reject(r, listId, reason, claims[n]));
    };
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
    const direction = command.type === 'transfer_out' ? 'out' as const : 'in' as const;
    if (reason) this.say({ type: 'transfer_rejected', direction, ...transfer, reason });
    else if (command.type === 'transfer_out') this.say({ type: 'transferred_out', ...transfer, toPartition: command.toPartition });
    else this.say({ type: 'transferred_in', ...transfer, fromPartition: command.fromPartition });
  }

  private beginRefusal(accountId: string, funds: readonly Funds[], total: (asset: string) => bigint): Rejection | undefined {
    const { house, killed } = this.account(accountId);
    if (house || accountId === EXTERNAL_ACCOUNT || accountId === FEE_ACCOUNT) return 'not_a_customer';
    if (killed) return 'account_killed';
    for (const [n, { asset, amount }] of funds.entries()) {
      if (!this.assets.has(asset)) return 'unknown_asset';
      if (amount < 1 || funds.slice(0, n).some((other) => other.asset === asset)) return 'invalid_quantity';
    }
    return funds.some(({ asset }) => total(asset) > MAX) ? 'out_of_range' : undefined;
  }

  private openAccount({ accountId, funds }: OpenAccount): void {
    if (this.version < 3 || this.begun.has(accountId)) return;
    const amounts = new Map(funds.map(({ asset, amount }) => [asset, BigInt(amount)]));
    const reason = this.beginRefusal(accountId, funds, (asset) => (this.ledger.supply.get(asset) ?? 0n) + amounts.get(asset)!);
    if (reason) return this.say({ type: 'account_refused', resetId: NIL_UUID, accountId, reason });
    this.begun.add(accountId);
    return this.say({ type: 'account_opened', accountId, funds: [...funds].sort((a, b) => (a.asset < b.asset ? -1 : 1)) });
  }

  private resetAccount({ resetId, accountId, funds }: ResetAccount): void {
    if (this.version < 3 || this.moved.has(`reset ${resetId}`)) return;
    const has = (asset: string): bigint => this.free(accountId, asset) + (this.ledger.held.get(`${accountId} ${asset}`) ?? 0n);
    const after = new Map(funds.map(({ asset, amount }) => [asset, amount]));
    const orders = this.byArrival(({ request: r }) => r.accountId === accountId);
    const shut = (): Rejection | undefined => (this.venue === 'halted' ? 'venue_not_open' : orders.map(({ request: r }) => this.halted(r.symbol)).find((one) => one));
    const early = this.beginRefusal(accountId, funds, () => 0n) ?? shut();
    const tooMuch = (): boolean => funds.some(({ asset, amount }) => (this.ledger.supply.get(asset) ?? 0n) - has(asset) + BigInt(amount) > MAX);
    const reason = early ?? (tooMuch() ? 'out_of_range' : undefined);
    if (reason) return this.say({ type: 'account_refused', resetId, accountId, reason });
    for (const order of orders) this.take(order, 'account_reset');
    this.begun.add(accountId);
    this.moved.add(`reset ${resetId}`);
    const balances = [...this.assets.keys()].sort()
      .map((asset) => ({ asset, before: Number(has(asset)), after: after.get(asset) ?? 0 })).filter((one) => one.before > 0 || one.after > 0);
    return this.say({ type: 'account_reset', resetId, accountId, balances });
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
