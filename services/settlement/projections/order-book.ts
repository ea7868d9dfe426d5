import type { Instruments } from './instruments';
import type { OrderNow } from './ledger-rows';
import { forEachOf, type Item, n, type ReadModelTable, s } from './read-model-table';
import { formatPrice, formatQuantity } from '../../domain';

const DIGITS = 16;
const HIGHEST = Number.MAX_SAFE_INTEGER;
const padded = (value: number): string => String(value).padStart(DIGITS, '0');

/**
 * Resting orders in price-time order: `symbolSide` and `priceSequence`, best first on either side. An order moves to another key when
 * its price or its place changes, so a second item, `order#<id>`, remembers where it is; it has no `orderId` and is in no index.
 *
 * For each order: the new place is written, then the old one removed, then the memory changed. Each step can be repeated, so whatever
 * is interrupted is finished by the next attempt.
 */
export class OrderBook {
  constructor(private readonly table: ReadModelTable) {}

  write(partition: number, orders: readonly OrderNow[], instruments: Instruments): Promise<void> {
    return forEachOf(orders, (order) => this.place(partition, order, instruments));
  }

  private async place(partition: number, order: OrderNow, instruments: Instruments): Promise<void> {
    const { orderId, updatedSeq: seq } = order;
    const memoryKey = { symbolSide: s(`order#${orderId}`), priceSequence: s('place') };
    const memory = await this.table.get(memoryKey);
    if (memory && Number(memory.seq.N) > seq) return;
    const key = isResting(order) ? bookKey(partition, order) : undefined;
    const before = memory && { symbolSide: memory.at, priceSequence: memory.atSequence };
    if (key) await this.table.put({ ...key, ...bookAttributes(partition, order, instruments) }, seq);
    if (before && !(key && sameKey(before, key))) await this.table.remove(before, seq);
    if (key) await this.table.put({ ...memoryKey, at: key.symbolSide, atSequence: key.priceSequence }, seq);
    else if (memory) await this.table.remove(memoryKey, seq);
  }
}

function isResting(order: OrderNow): boolean {
  return order.status === 'open' && order.priceTicks > 0 && order.remainingLots > 0 && order.triggeredSeq !== null;
}

function bookKey(partition: number, { symbol, side, priceTicks, prioritySeq }: OrderNow): { symbolSide: Item['k']; priceSequence: Item['k'] } {
  // Bids sort by the complement of their price: the highest first. Sequences are a partition's own, so its number makes the key one.
  const price = side === 'buy' ? HIGHEST - priceTicks : priceTicks;
  return { symbolSide: s(`${symbol}#${side}`), priceSequence: s(`${padded(price)}#${padded(prioritySeq)}#${partition}`) };
}

function sameKey(a: { symbolSide: Item['k']; priceSequence: Item['k'] }, b: { symbolSide: Item['k']; priceSequence: Item['k'] }): boolean {
  return a.symbolSide.S === b.symbolSide.S && a.priceSequence.S === b.priceSequence.S;
}

function bookAttributes(partition: number, order: OrderNow, instruments: Instruments): Item {
  const instrument = instruments.get(order.symbol);
  return {
    orderId: s(order.orderId),
    partition: n(partition),
    price: s(formatPrice(instrument, order.priceTicks)),
    quantity: s(formatQuantity(instrument, order.remainingLots)),
  };
}
