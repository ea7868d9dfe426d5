/** A second, slow exchange for the tests: plain lists and big integers, written from the rules and not from the core. */
import type { Command, Event, Instrument, PlaceOrder, Trade } from '../../domain';
import { defineInstrument } from '../../domain';

export interface NaiveOrder {
  readonly command: PlaceOrder;
  remaining: bigint;
}

/** Funds as settlement books them: from the events alone. */
export class NaiveLedger {
  readonly free = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();

  move(map: Map<string, bigint>, accountId: string, asset: string, amount: number | bigint): void {
    const key = `${accountId} ${asset}`;
    const sum = (map.get(key) ?? 0n) + BigInt(amount);
    if (sum < 0n) throw new Error(`${key} would fall to ${sum}`);
    map.set(key, sum);
  }

  book(event: Event): void {
    if (event.type === 'deposited') this.move(this.free, event.accountId, event.asset, event.amount);
    if (event.type === 'order_accepted') {
      this.move(this.free, event.accountId, event.heldAsset, -event.heldAmount);
      this.move(this.held, event.accountId, event.heldAsset, event.heldAmount);
    }
    if (event.type === 'order_cancelled') {
      this.move(this.held, event.accountId, event.releasedAsset, -event.releasedAmount);
      this.move(this.free, event.accountId, event.releasedAsset, event.releasedAmount);
    }
    if (event.type === 'trade') this.bookTrade(event);
  }

  private bookTrade(trade: Trade): void {
    const [buyer, seller] = trade.takerSide === 'buy'
      ? [trade.takerAccountId, trade.makerAccountId] : [trade.makerAccountId, trade.takerAccountId];
    this.move(this.held, buyer, trade.quoteAsset, -trade.buyerHeld);
    this.move(this.free, buyer, trade.quoteAsset, trade.buyerHeld - trade.quoteAmount);
    this.move(this.free, seller, trade.quoteAsset, trade.quoteAmount);
    this.move(this.held, seller, trade.baseAsset, -trade.sellerHeld);
    this.move(this.free, seller, trade.baseAsset, trade.sellerHeld - trade.baseAmount);
    this.move(this.free, buyer, trade.baseAsset, trade.baseAmount);
  }
}

/** Fills that the rules ask for: `[maker order, ticks, lots]`. */
export type Expected = [maker: string, priceTicks: number, lots: number];

/** Resting orders in order of arrival, and what must happen to a new one. */
export class NaiveBooks {
  readonly instruments = new Map<string, Instrument>();
  resting: NaiveOrder[] = [];

  /** Matches an accepted order and rests what may rest. `freeOf` is the free balance before the order's first fill. */
  accept(command: PlaceOrder, freeOf: (accountId: string, asset: string) => bigint): { fills: Expected[]; remaining: bigint } {
    const instrument = this.instruments.get(command.symbol)!;
    const buying = command.side === 'buy';
    const taker: NaiveOrder = { command, remaining: BigInt(command.quantityLots) };
    const makers = this.resting
      .map((order, arrival) => ({ order, arrival, price: order.command.priceTicks }))
      .filter(({ order }) => order.command.symbol === command.symbol && order.command.side !== command.side)
      .filter(({ price }) => command.orderType === 'market' || (buying ? price <= command.priceTicks : price >= command.priceTicks))
      .sort((a, b) => (buying ? a.price - b.price : b.price - a.price) || a.arrival - b.arrival);
    let budget = freeOf(command.accountId, buying ? instrument.quote.code : instrument.base.code);
    const fills: Expected[] = [];
    for (const { order: maker, price } of makers) {
      if (taker.remaining === 0n) break;
      const wanted = maker.remaining < taker.remaining ? maker.remaining : taker.remaining;
      const unit = BigInt(buying ? price * instrument.quoteUnitsPerTickLot : instrument.baseUnitsPerLot);
      const payable = command.orderType === 'market' ? budget / unit : wanted;
      const lots = payable < wanted ? payable : wanted;
      if (lots > 0n) {
        budget -= lots * unit;
        // Dealing with oneself, one gets back what one pays.
        if (maker.command.accountId === command.accountId) budget += lots * unit;
        fills.push([maker.command.orderId, price, Number(lots)]);
        maker.remaining -= lots;
        taker.remaining -= lots;
      }
      if (lots < wanted) break;
    }
    this.resting = this.resting.filter(({ remaining }) => remaining > 0n);
    if (taker.remaining > 0n && command.orderType === 'limit' && command.timeInForce === 'gtc') this.resting.push(taker);
    return { fills, remaining: taker.remaining };
  }

  remove(orderId: string): void {
    this.resting = this.resting.filter(({ command }) => command.orderId !== orderId);
  }

  configure(event: Event): void {
    if (event.type === 'instrument_configured') this.instruments.set(event.instrument.symbol, defineInstrument(event.instrument));
  }
}

/** What an order that rests must hold of which asset. */
export function expectedHold({ command, remaining }: NaiveOrder, instrument: Instrument): [asset: string, amount: bigint] {
  return command.side === 'buy'
    ? [instrument.quote.code, BigInt(command.priceTicks) * remaining * BigInt(instrument.quoteUnitsPerTickLot)]
    : [instrument.base.code, remaining * BigInt(instrument.baseUnitsPerLot)];
}

export const isPlace = (command: Command): command is PlaceOrder => command.type === 'place_order';
