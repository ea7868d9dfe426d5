import { createHash } from 'node:crypto';
import type { ImageEnded, ImageOrder, LedgerImage } from './ledger-image';
import { defineInstrument, ORDER_TYPES, SELF_TRADE_PREVENTIONS, specOf, TIMES_IN_FORCE, uuidToBytes } from '../../domain';
import { HOUSE, KILLED, OPENED } from '../core/engine/accounts';
import * as o from '../core/engine/orders';
import * as form from '../core/snapshot/format';

type Part = Uint8Array;

const words = (...values: readonly number[]): Part => new Uint8Array(Int32Array.from(values).buffer);
const double = (value: number): Part => new Uint8Array(Float64Array.of(value).buffer);

/** Bytes filled up with zeros to whole words. */
function padded(bytes: Uint8Array): Part {
  return bytes.length % 4 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(4 - (bytes.length % 4))]);
}

function flagsOf(order: ImageOrder, shared: boolean): number {
  return (order.side === 'sell' ? o.SELL : 0)
    | (ORDER_TYPES.indexOf(order.type) << o.TYPE_SHIFT)
    | (TIMES_IN_FORCE.indexOf(order.timeInForce) << o.TIF_SHIFT)
    | (order.postOnly ? o.POST_ONLY : 0)
    | (SELF_TRADE_PREVENTIONS.indexOf(order.selfTradePrevention) << o.STP_SHIFT)
    | (order.waiting ? o.WAITING : 0)
    | (shared ? o.SHARED : 0);
}

/** Bids and asks by priority, then those that wait for a fall, highest trigger first, and for a rise. */
function queuesOf(orders: readonly ImageOrder[], symbol: string): readonly (readonly ImageOrder[])[] {
  const own = orders.filter((order) => order.symbol === symbol).sort((a, b) => a.prioritySeq - b.prioritySeq);
  const queue = (belongs: (order: ImageOrder) => boolean, rank: (order: ImageOrder) => number): ImageOrder[] => (
    own.filter(belongs).sort((a, b) => rank(a) - rank(b)));
  const falls = (order: ImageOrder): boolean => o.waitsForFall(flagsOf(order, false));
  return [
    queue(({ waiting, side }) => !waiting && side === 'buy', ({ priceTicks }) => -priceTicks),
    queue(({ waiting, side }) => !waiting && side === 'sell', ({ priceTicks }) => priceTicks),
    queue((order) => order.waiting && falls(order), ({ triggerTicks }) => -triggerTicks),
    queue((order) => order.waiting && !falls(order), ({ triggerTicks }) => triggerTicks),
  ];
}

/** Ids of the accounts that the state depends on, sorted. */
function accountsOf(image: LedgerImage): string[] {
  const ids = new Set<string>();
  for (const { accountId, house, killed, opened } of image.accounts) if (house || killed || opened) ids.add(accountId);
  for (const { accountId } of image.balances) ids.add(accountId);
  for (const { accountId } of image.orders) ids.add(accountId);
  for (const { claim } of image.ended) if (claim) ids.add(claim.accountId);
  return [...ids].sort();
}

/**
 * The core's own snapshot of what the ledger says: byte for byte what a core that went through the same events would write.
 *
 * @param version behaviour of the core
 */
export function snapshotOf(image: LedgerImage, version: number): Uint8Array {
  const accounts = accountsOf(image);
  const numbers = new Map(accounts.map((id, number) => [id, number]));
  const flags = new Map(image.accounts.map(({ accountId, house, killed, opened }) => (
    [accountId, (house ? HOUSE : 0) | (killed ? KILLED : 0) | (opened ? OPENED : 0)])));
  const specs = image.books.map(({ spec }) => specOf(defineInstrument(spec)));
  const assets = [...new Set(specs.flatMap(({ base, quote }) => [base.code, quote.code]))].sort();
  const balances = image.balances
    .map(({ accountId, asset, free, held }) => ({ account: numbers.get(accountId)!, asset: assets.indexOf(asset), free, held }))
    .sort((a, b) => a.account - b.account || a.asset - b.asset);
  const queues = specs.map(({ symbol }) => queuesOf(image.orders, symbol));
  const head: form.SnapshotHead = {
    partition: image.partition,
    version,
    seq: image.seq,
    time: image.time,
    idempotencyWindowMs: image.idempotencyWindowMs,
    venue: image.venue,
    books: image.books.map(({ state, mark, last }, b) => {
      const [bids, asks, falling, rising] = queues[b].map(({ length }) => length);
      return { instrument: specs[b], state, mark, last, orders: [bids, asks, falling, rising] };
    }),
    accounts: accounts.length,
    balances: balances.length,
    ended: image.ended.length,
    deposits: image.deposits.length,
    transfersOut: image.transfersOut.length,
    transfersIn: image.transfersIn.length,
    ...(image.resets.length > 0 ? { resets: image.resets.length } : {}),
  };
  const text = Buffer.from(JSON.stringify(head));
  const parts: Part[] = [words(form.MAGIC, form.FORMAT, text.length), padded(text)];
  for (const id of accounts) parts.push(uuidToBytes(id), words(flags.get(id) ?? 0));
  for (const { account, asset, free, held } of balances) parts.push(words(account, asset), double(free), double(held));
  const first = firstOfLists(image.orders);
  for (const four of queues) for (const queue of four) for (const order of queue) parts.push(...rowOf(order, numbers.get(order.accountId)!, first));
  for (const ended of image.ended) parts.push(...endedOf(ended, numbers));
  for (const ids of [image.deposits, image.transfersOut, image.transfersIn, image.resets]) {
    for (const id of [...ids].sort()) parts.push(uuidToBytes(id));
  }
  const body = Buffer.concat(parts);
  return Buffer.concat([body, createHash('sha256').update(body).digest()]);
}

/** The order of each list that rests, by the list's id. */
function firstOfLists(orders: readonly ImageOrder[]): ReadonlyMap<string, string> {
  return new Map(orders.flatMap(({ listId, waiting, orderId }): [string, string][] => (listId !== null && !waiting ? [[listId, orderId]] : [])));
}

function rowOf(order: ImageOrder, account: number, first: ReadonlyMap<string, string>): Part[] {
  const twin = order.waiting && order.listId !== null ? first.get(order.listId) : undefined;
  const client = Buffer.from(order.clientOrderId, 'latin1');
  const bits = flagsOf(order, twin !== undefined) | (order.amendId === null ? 0 : form.BIT_AMENDED) | (client.length << form.CLIENT_SHIFT);
  return [
    uuidToBytes(order.orderId), words(account, bits),
    double(order.priceTicks), double(order.quantityLots), double(order.remainingLots), double(order.createdSeq),
    Buffer.from(order.digest, 'hex'),
    ...(order.waiting ? [double(order.triggerTicks)] : []),
    ...(order.amendId === null ? [] : [uuidToBytes(order.amendId)]),
    ...(twin === undefined ? [] : [uuidToBytes(twin)]),
    padded(client),
  ];
}

function endedOf({ id, endedAt, claim }: ImageEnded, numbers: ReadonlyMap<string, number>): Part[] {
  if (!claim) return [uuidToBytes(id), double(endedAt), words(-1)];
  const client = Buffer.from(claim.clientOrderId, 'latin1');
  return [uuidToBytes(id), double(endedAt), words(numbers.get(claim.accountId)!, client.length), Buffer.from(claim.digest, 'hex'), padded(client)];
}
