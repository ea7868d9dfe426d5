import type { Redis } from 'ioredis';
import { noSuchOrder } from './errors';
import { idsOf, numberOf } from './order-number';
import { type KnownOrder, knownOrder } from './order-view';
import type { Params } from './params';
import { isUuid } from '../../domain';
import { Lru } from '../auth/lru';
import { ApiError } from '../http/errors';
import type { Ledgers } from '../ledger/ledgers';
import type { OrderEntry } from '../orders/entry';
import { orderIdOf } from '../orders/order-status';

/** Seconds for which the cache has orders that the ledger may not have yet. */
const NOTED_SECONDS = 3_600;
/** Longest wait for the ledger to have what an account was told, in milliseconds. */
const FRESH_MS = 1_000;

const noteKey = (accountId: string, number: number): string => `binance:order:${accountId}:${number}`;

/** Finds the orders of an account by the names that clients have for them, also those that settlement is still at. */
export class KnownOrders {
  private readonly noted = new Lru<string, KnownOrder>(20_000);
  /** Last event that an account was told of, by account and partition. */
  private readonly told = new Lru<string, number>(20_000);

  constructor(private readonly entry: OrderEntry, private readonly ledgers: Ledgers, private readonly cache: Redis) {}

  /** Remembers an order as it was told to its owner, and the event. Nobody waits for it. */
  note(accountId: string, order: KnownOrder, seq?: number): void {
    const key = noteKey(accountId, numberOf(order.orderId));
    this.noted.set(key, order);
    this.cache.set(key, JSON.stringify(order), 'EX', NOTED_SECONDS).catch(() => undefined);
    if (seq !== undefined) this.tell(accountId, order.symbol, seq);
  }

  /** An account was told of an event: what it asks next must not be older. */
  tell(accountId: string, symbol: string, seq: number): void {
    this.tellOf(accountId, this.entry.partitions.partitionOf(symbol), seq);
  }

  /** Like `tell`, of an event that concerns no instrument. */
  tellOf(accountId: string, partition: number, seq: number): void {
    const key = `${accountId}/${partition}`;
    if (seq > (this.told.get(key) ?? 0)) this.told.set(key, seq);
  }

  /** Waits a moment until the ledger has what the account was told here. */
  async fresh(accountId: string): Promise<void> {
    await Promise.all(this.ledgers.partitions.partitions.map(async (partition) => {
      const key = `${accountId}/${partition}`;
      const seq = this.told.get(key);
      if (seq === undefined) return;
      if (await this.reaches(partition, seq)) this.told.delete(key);
    }));
  }

  /** @returns whether a ledger has an event, now or within a moment */
  async reaches(partition: number, seq: number, waitMs = FRESH_MS): Promise<boolean> {
    const deadline = Date.now() + waitMs;
    for (let pause = 4; ; pause = Math.min(40, pause * 2)) {
      const { lastSeq } = await this.ledgers.of(partition).progress();
      if (lastSeq >= seq) return true;
      if (Date.now() >= deadline) return false;
      await new Promise((resolve) => { setTimeout(resolve, pause).unref(); });
    }
  }

  /** The order that a request names, by number or by the client's id. @throws BinanceError -1102, -2013 */
  async named(accountId: string, params: Params, numberName = 'orderId', clientIdName = 'origClientOrderId'): Promise<KnownOrder> {
    const symbol = this.entry.catalog.require(params.required('symbol')).symbol;
    const number = params.whole(numberName);
    const order = number === undefined
      ? await this.ofClientId(accountId, params.required(clientIdName)) : await this.ofNumber(accountId, number);
    // Another user's order, and one of another instrument, look like one that never was.
    if (order?.symbol !== symbol) throw noSuchOrder();
    return order;
  }

  /** An account's order by its number. @throws ApiError 503 */
  async ofNumber(accountId: string, number: number): Promise<KnownOrder | undefined> {
    const ids = idsOf(number);
    if (!ids) return undefined;
    const found = (await this.ledgers.ordersBetween(accountId, ids.from, ids.to)).filter(({ orderId }) => numberOf(orderId) === number);
    // Two orders of an account of one millisecond with the same counter, made by two tasks: nobody may guess which is meant.
    if (found.length > 1) return undefined;
    return found.length === 1 ? knownOrder(this.entry.catalog, found[0]) : this.ofNote(accountId, number);
  }

  /** An account's order by its id. @throws ApiError 503 */
  async ofId(accountId: string, orderId: string): Promise<KnownOrder | undefined> {
    const found = await this.ledgers.order(accountId, orderId);
    return found ? knownOrder(this.entry.catalog, found) : this.ofNote(accountId, numberOf(orderId));
  }

  /** An order as it was told last; what the ledger has may be newer. */
  async ofNote(accountId: string, number: number): Promise<KnownOrder | undefined> {
    const key = noteKey(accountId, number);
    const here = this.noted.get(key);
    if (here) return here;
    const text = await this.cache.get(key).catch(() => null);
    return text === null ? undefined : JSON.parse(text) as KnownOrder;
  }

  private async ofClientId(accountId: string, clientOrderId: string): Promise<KnownOrder | undefined> {
    try {
      const orderId = await orderIdOf(this.entry, this.ledgers, accountId, clientOrderId);
      return isUuid(orderId) ? await this.ofId(accountId, orderId) : undefined;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }
}
