import { appendInTurn } from './append';
import type { OrderEntry } from './entry';
import type { Turn } from './turns';
import { outcomeOf } from '../../adapters/journal/journal-errors';
import { type Command, type IdempotencyRecord } from '../../domain';
import { stageOf } from '../../runtime';
import { ApiError } from '../http/errors';

/** Milliseconds after which a request does not trust another one with the same client id to finish any more. */
const PATIENCE_MS = 2_000;

/** What one request wants in the journal. */
export interface AttemptRequest {
  readonly accountId: string;
  /** The client's own id for it. */
  readonly clientId: string;
  /** What the request is known by in the cache; default the client's id. */
  readonly claimedId?: string;
  /** 32 hex digits of what is asked for. */
  readonly digest: string;
  readonly turn: Turn;
  readonly partition: number;
  /** The command under an id of ours: the same id gives the same command but for its time. */
  readonly command: (id: string, time: number) => Command;
}

/** Where the journal has what was asked for, and under which id of ours. */
export interface Placed {
  readonly id: string;
  readonly position: string;
  /** The journal had it before: the core says nothing new of it. */
  readonly repeated?: boolean;
}

/** One request's way through claim, wait and append. Several API tasks agree through the cache; without it the core decides. */
export class Attempt {
  private readonly patienceMs: number;
  private readonly claimedId: string;

  constructor(private readonly entry: OrderEntry, private readonly request: AttemptRequest) {
    this.patienceMs = entry.patienceMs ?? PATIENCE_MS;
    this.claimedId = request.claimedId ?? request.clientId;
  }

  /** Without a claim: nobody else can use the id. */
  async alone(id: string): Promise<Placed> {
    return { id, position: await this.append(id) };
  }

  /** Under an id of the client's, which may be taken. */
  async withClaim(id: string): Promise<Placed> {
    const { accountId, digest } = this.request;
    const { claimedId } = this;
    const claim = await stageOf('claim', () => this.entry.cache.claim(accountId, claimedId, { orderId: id, digest }));
    if (claim.kind === 'ours') return this.fulfil(id);
    if (claim.kind === 'unknown') return this.alone(id);
    return this.follow(claim.record);
  }

  /** The claim is ours: the others wait for what we store. */
  private async fulfil(id: string): Promise<Placed> {
    const { cache } = this.entry;
    const { accountId, digest } = this.request;
    const { claimedId } = this;
    const started = Date.now();
    const position = await this.append(id).catch(async (error: unknown) => {
      if (outcomeOf(error) === 'refused') await cache.release(accountId, claimedId, id);
      throw error;
    });
    const record = { orderId: id, digest, position };
    if (Date.now() - started < this.patienceMs) {
      cache.fulfil(accountId, claimedId, record);
      return { id, position };
    }
    // Somebody may have lost patience and done it for us.
    return placedAs(await cache.fulfilOnce(accountId, claimedId, record), position);
  }

  /** The client's id is taken: gives the first answer again, and finishes what its holder seems to have left. */
  private async follow(first: IdempotencyRecord): Promise<Placed> {
    const { cache } = this.entry;
    const { accountId, clientId, digest, turn } = this.request;
    const { claimedId } = this;
    if (first.digest !== digest) {
      throw new ApiError(422, 'client_order_id_reused', `The client order id ${JSON.stringify(clientId)} belongs to a different order.`, {
        clientOrderId: clientId, orderId: first.orderId,
      });
    }
    // Whoever is behind us on the connection need not wait with us: this order has its place in the journal already.
    if (first.position === undefined) turn.done();
    const record = first.position === undefined ? await cache.awaitFulfilment(accountId, claimedId, this.patienceMs) : first;
    // Given back, and claimed by somebody else since.
    if (record && record.orderId !== first.orderId) return this.follow(record);
    if (record?.position !== undefined) return { id: record.orderId, position: record.position, repeated: true };
    // The same command again: if the holder's append took place all the same, the core sees one order twice and takes one.
    const position = await this.append(first.orderId);
    return placedAs(await cache.fulfilOnce(accountId, claimedId, { orderId: first.orderId, digest, position }), position);
  }

  private append(id: string): Promise<string> {
    const { turn, partition } = this.request;
    return appendInTurn(this.entry, turn, partition, () => this.request.command(id, Date.now()));
  }
}

function placedAs(record: IdempotencyRecord, position: string): Placed {
  return { id: record.orderId, position: record.position ?? position };
}
