import type { ImageBalance, ImageOrder, LedgerImage } from './ledger-image';
import { type CancelReason, CorruptDataError, defineInstrument, type Instrument, type OrderCancelled } from '../../domain';

/** An image that a core can start from, and what had to happen to make it so. */
export interface Closed {
  readonly image: LedgerImage;
  /** They continue the sequence of the ledger. */
  readonly events: readonly OrderCancelled[];
}

/** An order that has a limit and is good till cancelled is the only kind that may stay in a book. */
function mayRest({ type, timeInForce, priceTicks }: ImageOrder): boolean {
  return timeInForce === 'gtc' && priceTicks > 0 && (type === 'limit' || type.endsWith('_limit'));
}

function holdPerLot({ side, priceTicks }: ImageOrder, { quoteUnitsPerTickLot, baseUnitsPerLot }: Instrument): number {
  if (priceTicks === 0) return 0;
  return side === 'buy' ? priceTicks * quoteUnitsPerTickLot : baseUnitsPerLot;
}

const keyOf = (accountId: string, asset: string): string => `${accountId} ${asset}`;

/**
 * A command's events may be settled in part: what it had begun when the region was lost will never go on. Orders that no core would have
 * left open between two commands end here: those that may not rest, those that cross the book, what is left of a list, orders of
 * a killed account. What they held returns. At most the last command's orders are concerned.
 *
 * @throws CorruptDataError when an account holds what no order explains
 */
export function closeCutCommand(image: LedgerImage): Closed {
  const cut = new Cut(image);
  cut.endAll();
  return cut.result();
}

class Cut {
  private readonly instruments: ReadonlyMap<string, Instrument>;
  private readonly killed: ReadonlySet<string>;
  private open: ImageOrder[];
  private readonly ended: { readonly order: ImageOrder; readonly reason: CancelReason }[] = [];

  constructor(private readonly image: LedgerImage) {
    this.instruments = new Map(image.books.map(({ spec }) => [spec.symbol, defineInstrument(spec)]));
    this.killed = new Set(image.accounts.filter(({ killed }) => killed).map(({ accountId }) => accountId));
    this.open = image.orders.slice();
  }

  /** One end may cause another: on until nothing is left to end. */
  endAll(): void {
    for (;;) {
      const wrong = this.open.flatMap((order) => {
        const reason = this.wrong(order);
        return reason === undefined ? [] : [{ order, reason }];
      });
      const crossing = wrong.length > 0 ? [] : this.crossing();
      const ends = [...wrong, ...crossing];
      if (ends.length === 0) return;
      const gone = new Set(ends.map(({ order }) => order));
      this.ended.push(...ends);
      this.open = this.open.filter((order) => !gone.has(order));
    }
  }

  result(): Closed {
    if (this.ended.length === 0) {
      this.released();
      return { image: this.image, events: [] };
    }
    const released = this.released();
    const { image } = this;
    const events = this.ended.map(({ order, reason }, n): OrderCancelled => {
      const instrument = this.instruments.get(order.symbol)!;
      const asset = order.side === 'buy' ? instrument.quote.code : instrument.base.code;
      const key = keyOf(order.accountId, asset);
      const releasedAmount = released.get(key) ?? 0;
      // All of it with the first order of the account: nobody can tell how it was shared.
      released.delete(key);
      return {
        type: 'order_cancelled', partition: image.partition, seq: image.seq + n + 1, time: image.time, orderId: order.orderId, accountId: order.accountId,
        symbol: order.symbol, reason, remainingLots: order.remainingLots, releasedAsset: asset, releasedAmount,
      };
    });
    const amounts = new Map(events.map((event) => [keyOf(event.accountId, event.releasedAsset), 0]));
    for (const { accountId, releasedAsset, releasedAmount } of events) {
      const key = keyOf(accountId, releasedAsset);
      amounts.set(key, amounts.get(key)! + releasedAmount);
    }
    return {
      events,
      image: {
        ...image,
        seq: image.seq + events.length,
        orders: this.open,
        balances: image.balances.map((balance): ImageBalance => {
          const amount = amounts.get(keyOf(balance.accountId, balance.asset)) ?? 0;
          return { ...balance, free: balance.free + amount, held: balance.held - amount };
        }),
        ended: [...image.ended, ...this.ended.map(({ order: { orderId: id, accountId, clientOrderId, digest } }) => (
          { id, endedAt: image.time, claim: { accountId, clientOrderId, digest } }))],
      },
    };
  }

  /** Why an order cannot be open between two commands. */
  private wrong(order: ImageOrder): CancelReason | undefined {
    if (this.killed.has(order.accountId)) return 'account_killed';
    if (!order.waiting && !mayRest(order)) return 'unfilled';
    if (order.listId === null) return undefined;
    const other = this.open.find(({ listId, orderId }) => listId === order.listId && orderId !== order.orderId);
    // The second one alone, and in the market, is what a trigger leaves.
    if (order.type !== 'limit' && !order.waiting) return undefined;
    return other?.waiting === !order.waiting ? undefined : 'list';
  }

  /** Of the two that cross, the one that came later: the other was there when it came. */
  private crossing(): { readonly order: ImageOrder; readonly reason: CancelReason }[] {
    for (const symbol of this.instruments.keys()) {
      const inBook = this.open.filter((order) => order.symbol === symbol && !order.waiting);
      const bids = inBook.filter(({ side }) => side === 'buy').sort((a, b) => b.priceTicks - a.priceTicks);
      const asks = inBook.filter(({ side }) => side === 'sell').sort((a, b) => a.priceTicks - b.priceTicks);
      if (bids.length === 0 || asks.length === 0 || bids[0].priceTicks < asks[0].priceTicks) continue;
      const last = [...inBook].sort((a, b) => b.prioritySeq - a.prioritySeq)
        .find(({ side, priceTicks }) => (side === 'buy' ? priceTicks >= asks[0].priceTicks : priceTicks <= bids[0].priceTicks))!;
      return [{ order: last, reason: 'unfilled' }];
    }
    return [];
  }

  /** What is held beyond the needs of the orders that stay, by account and asset. */
  private released(): Map<string, number> {
    const needed = new Map<string, number>();
    for (const order of this.open) {
      const instrument = this.instruments.get(order.symbol)!;
      const twin = order.listId === null ? undefined : this.open.find(({ listId, orderId }) => listId === order.listId && orderId !== order.orderId);
      if (order.waiting && twin) continue;
      const perLot = Math.max(holdPerLot(order, instrument), twin ? holdPerLot(twin, instrument) : 0);
      const key = keyOf(order.accountId, order.side === 'buy' ? instrument.quote.code : instrument.base.code);
      needed.set(key, (needed.get(key) ?? 0) + perLot * order.remainingLots);
    }
    const excess = new Map<string, number>();
    for (const { accountId, asset, held } of this.image.balances) {
      const key = keyOf(accountId, asset);
      const more = held - (needed.get(key) ?? 0);
      const ends = this.ended.some(({ order }) => order.accountId === accountId);
      if (more < 0 || (more > 0 && !ends)) {
        throw new CorruptDataError(`account ${accountId} holds ${held} of ${asset}, its open orders need ${needed.get(key) ?? 0}: the ledger is not that of one core`);
      }
      if (more > 0) excess.set(key, more);
    }
    return excess;
  }
}
