import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type OrderFacts, factsOf } from './order-facts';
import type { JournalWriter } from '../../adapters/journal/journal';
import {
  type Command, encodeCommand, encodeCommandBatch, type Instrument, type OrderRequest, type OrderUpdate, WATCHED_SECONDS, watchedOrderKey,
} from '../../domain';

/** Milliseconds after which a command of which nobody has heard is sent again. */
const AGAIN_MS = 5_000;
/** Until then the core knows an id again, whatever became of the order: it does so for an hour. */
const SURE_MS = 30 * 60_000;

/** What an order asks for, without the ids that follow from its place. */
export type Terms = Pick<OrderRequest, 'side' | 'orderType' | 'quantityLots'> & Partial<Pick<OrderRequest, 'priceTicks' | 'triggerTicks'>>;

/** Places of a list and its two orders. */
export interface PairPlaces {
  readonly list: string;
  readonly resting: string;
  readonly waiting: string;
}

/** What the cache remembers of orders. */
export type OrderMemory = Pick<Redis, 'hvals' | 'expire'>;

export interface OwnOrdersOptions {
  readonly automationId: string;
  readonly createdAt: number;
  readonly accountId: string;
  readonly instrument: Instrument;
  readonly partition: number;
  readonly journal: JournalWriter;
  readonly memory: OrderMemory;
}

/**
 * The orders of one automation. Their ids follow from its id and their place in it: whoever sends one again sends the same order, and the core
 * takes it once. What became of them is read, not remembered: so a worker that comes later knows as much as the one before.
 */
export class OwnOrders {
  private readonly sentAt = new Map<string, number>();
  private readonly renewedAt = new Map<string, number>();

  constructor(private readonly options: OwnOrdersOptions) {}

  /** The id of an order by its place: a UUID of version 8 with the automation's time, and the partition at the end. */
  idOf(place: string): string {
    const { automationId, createdAt, partition } = this.options;
    const digits = createHash('sha256').update(`${automationId}/${place}`).digest('hex');
    const time = createdAt.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-8${digits.slice(0, 3)}-8${digits.slice(3, 6)}-${digits.slice(6, 14)}${partition.toString(16).padStart(4, '0')}`;
  }

  async facts(place: string): Promise<OrderFacts> {
    const { memory, instrument } = this.options;
    const key = watchedOrderKey(this.idOf(place));
    const texts = await memory.hvals(key);
    // What is kept for a week after the last change has to outlast an order that rests for longer.
    if (texts.length > 0 && Date.now() - (this.renewedAt.get(key) ?? 0) > 3_600_000) {
      this.renewedAt.set(key, Date.now());
      await memory.expire(key, WATCHED_SECONDS);
    }
    return factsOf(instrument, texts.map((text) => JSON.parse(text) as OrderUpdate));
  }

  /**
   * Sees to it that the core gets an order of which it has said nothing.
   *
   * @param decidedAt when it was decided upon, which was written down before
   * @returns whether that is still safe: an id that the core may have forgotten is not sent again
   */
  async place(place: string, terms: Terms, decidedAt: number): Promise<boolean> {
    const request = this.request(place, terms);
    return this.send(place, decidedAt, (time) => ({ type: 'place_order', time, ...request }));
  }

  /** The same for two orders of which one cancels the other. */
  async placePair(places: PairPlaces, resting: Terms, waiting: Terms, decidedAt: number): Promise<boolean> {
    const pair = { listId: this.idOf(places.list), resting: this.request(places.resting, resting), waiting: this.request(places.waiting, waiting) };
    return this.send(places.list, decidedAt, (time) => ({ type: 'place_oco', time, ...pair }));
  }

  /** Asks for an order back; one that there is not is refused, which is an answer, too. */
  async cancel(place: string): Promise<void> {
    const { accountId } = this.options;
    await this.send(`cancel ${place}`, Date.now(), (time) => ({ type: 'cancel_order', time, orderId: this.idOf(place), accountId, clientOrderId: '' }));
  }

  private async send(what: string, decidedAt: number, command: (time: number) => Command): Promise<boolean> {
    const { journal, partition } = this.options;
    const now = Date.now();
    if (now - decidedAt > SURE_MS) return false;
    if (now - (this.sentAt.get(what) ?? 0) < AGAIN_MS) return true;
    await journal.append(partition, encodeCommandBatch(partition, [encodeCommand(command(now))]));
    this.sentAt.set(what, now);
    return true;
  }

  private request(place: string, { side, orderType, quantityLots, priceTicks = 0, triggerTicks = 0 }: Terms): OrderRequest {
    const { accountId, instrument: { symbol } } = this.options;
    const orderId = this.idOf(place);
    return {
      orderId, accountId, clientOrderId: orderId, digest: createHash('sha256').update(orderId).digest('hex').slice(0, 32), symbol, side, orderType,
      // What has no limit does not stay in the book.
      timeInForce: orderType === 'market' ? 'ioc' : 'gtc',
      postOnly: false, selfTradePrevention: 'none', priceTicks, triggerTicks, quantityLots, quoteBudget: 0,
    };
  }
}
