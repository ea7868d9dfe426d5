import type { OrderCache } from './order-cache';
import { digestOf, type OrderAsk, orderAsk, type OrderRequest } from './order-request';
import type { Turn } from './turns';
import type { BatchingAppender } from '../../adapters/journal/batching-appender';
import { outcomeOf } from '../../adapters/journal/journal-errors';
import { type IdempotencyRecord, newOrderId, type PlaceOrder } from '../../domain';
import { ApiError } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** All instruments of this system trade in one partition. */
export const PARTITION = 0;

/** What the client gets with 202. */
export interface AcceptedOrder {
  readonly orderId: string;
  readonly clientOrderId: string;
  /** Where the journal has the order: `<record>:<index>`. */
  readonly position: string;
}

/** Milliseconds after which a request does not trust another one with the same client order id to finish any more. */
const PATIENCE_MS = 2_000;

/** What orders are accepted with. */
export interface OrderEntry {
  readonly appender: Pick<BatchingAppender, 'append'>;
  readonly cache: OrderCache;
  readonly catalog: InstrumentCatalog;
  readonly patienceMs?: number;
}

/**
 * Accepts an order: it is in the journal when this resolves. A client order id that is taken gets the first answer again, or 422
 * when it asked for something else. Several API tasks agree through the cache; without the cache the core decides.
 *
 * @throws DomainError, ApiError, JournalUnavailableError
 */
export async function placeOrder(entry: OrderEntry, accountId: string, request: OrderRequest, turn: Turn): Promise<AcceptedOrder> {
  const ask = orderAsk(entry.catalog.require(request.symbol), request);
  const digest = digestOf(ask);
  const orderId = newOrderId();
  const attempt = new Attempt(entry, accountId, request.clientOrderId ?? orderId, ask, digest, turn);
  if (request.clientOrderId !== undefined) return attempt.withClaim(orderId);
  // An id that was made a moment ago cannot be taken.
  entry.cache.noteOwner(orderId, accountId);
  return attempt.accepted(orderId, await attempt.append(orderId));
}

/** One request's way through claim, wait and append. */
class Attempt {
  private readonly patienceMs: number;

  constructor(
    private readonly entry: OrderEntry,
    private readonly accountId: string,
    private readonly clientOrderId: string,
    private readonly ask: OrderAsk,
    private readonly digest: string,
    private readonly turn: Turn,
  ) {
    this.patienceMs = entry.patienceMs ?? PATIENCE_MS;
  }

  async withClaim(orderId: string): Promise<AcceptedOrder> {
    const { cache } = this.entry;
    const claim = await cache.claim(this.accountId, this.clientOrderId, { orderId, digest: this.digest });
    if (claim.kind === 'ours') return this.fulfil(orderId);
    if (claim.kind === 'unknown') return this.accepted(orderId, await this.append(orderId));
    return this.follow(claim.record);
  }

  /** The claim is ours: the others wait for what we store. */
  private async fulfil(orderId: string): Promise<AcceptedOrder> {
    const { cache } = this.entry;
    const started = Date.now();
    const position = await this.append(orderId).catch(async (error: unknown) => {
      if (outcomeOf(error) === 'refused') await cache.release(this.accountId, this.clientOrderId, orderId);
      throw error;
    });
    const record = { orderId, digest: this.digest, position };
    if (Date.now() - started < this.patienceMs) {
      cache.fulfil(this.accountId, this.clientOrderId, record);
      return this.accepted(orderId, position);
    }
    // Somebody may have lost patience and done it for us.
    return this.acceptedAs(await cache.fulfilOnce(this.accountId, this.clientOrderId, record), position);
  }

  /** The client order id is taken: gives the first answer again, and finishes what its holder seems to have left. */
  private async follow(first: IdempotencyRecord): Promise<AcceptedOrder> {
    const { cache } = this.entry;
    if (first.digest !== this.digest) {
      throw new ApiError(422, 'client_order_id_reused', `The client order id ${JSON.stringify(this.clientOrderId)} belongs to a different order.`, {
        clientOrderId: this.clientOrderId, orderId: first.orderId,
      });
    }
    // Whoever is behind us on the connection need not wait with us: this order has its place in the journal already.
    if (first.position === undefined) this.turn.done();
    const record = first.position === undefined ? await cache.awaitFulfilment(this.accountId, this.clientOrderId, this.patienceMs) : first;
    // Given back, and claimed by somebody else since.
    if (record && record.orderId !== first.orderId) return this.follow(record);
    if (record?.position !== undefined) return this.accepted(record.orderId, record.position);
    // The same command again: if the holder's append took place all the same, the core sees one order twice and takes one.
    const position = await this.append(first.orderId);
    const done = await cache.fulfilOnce(this.accountId, this.clientOrderId, { orderId: first.orderId, digest: this.digest, position });
    return this.acceptedAs(done, position);
  }

  async append(orderId: string): Promise<string> {
    const command: PlaceOrder = {
      type: 'place_order', time: Date.now(), orderId, accountId: this.accountId, clientOrderId: this.clientOrderId, digest: this.digest, ...this.ask,
    };
    if (this.turn.ready) await this.turn.ready;
    const appended = this.entry.appender.append(PARTITION, command);
    this.turn.done();
    return appended;
  }

  accepted(orderId: string, position: string): AcceptedOrder {
    return { orderId, clientOrderId: this.clientOrderId, position };
  }

  private acceptedAs(record: IdempotencyRecord, position: string): AcceptedOrder {
    return this.accepted(record.orderId, record.position ?? position);
  }
}
