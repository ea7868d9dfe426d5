/** The text form of the core's state: JSON whose lists have one possible order, so that equal states give equal text. */
import type { Ladder, Order } from './book';
import { CoreState, holdOf } from './state';
import { CorruptDataError, defineInstrument, type InstrumentSpec, type Side } from '../../domain';

const VERSION = 1;

type OrderRow = [
  orderId: string, accountId: string, clientOrderId: string, digest: string, priceTicks: number, quantityLots: number, remainingLots: number,
];
type EndedRow = [orderId: string, endedAt: number] | [orderId: string, endedAt: number, accountId: string, clientOrderId: string, digest: string];

interface SnapshotText {
  readonly version: number;
  readonly partition: number;
  readonly seq: number;
  readonly time: number;
  readonly idempotencyWindowMs: number;
  readonly instruments: readonly InstrumentSpec[];
  readonly balances: ReturnType<CoreState['accounts']['list']>;
  /** Orders by priority. */
  readonly books: readonly { readonly symbol: string; readonly bids: readonly OrderRow[]; readonly asks: readonly OrderRow[] }[];
  /** The oldest end first. */
  readonly ended: readonly EndedRow[];
  readonly deposits: readonly string[];
}

function rows(ladder: Ladder): OrderRow[] {
  return Array.from(ladder.orders(), (order) => {
    const { clientOrderId, digest } = order.remembered.claim!;
    return [order.orderId, order.accountId, clientOrderId, digest, order.priceTicks, order.quantityLots, order.remainingLots];
  });
}

export function writeSnapshot(state: CoreState): string {
  const books = [...state.books.keys()].sort().map((symbol) => state.books.get(symbol)!);
  const text: SnapshotText = {
    version: VERSION,
    partition: state.partition,
    seq: state.seq,
    time: state.time,
    idempotencyWindowMs: state.memory.windowMs,
    instruments: books.map(({ instrument: { symbol, base, quote, tickSize, lotSize, version } }) => (
      { symbol, base, quote, tickSize, lotSize, version })),
    balances: state.accounts.list(),
    books: books.map(({ instrument, bids, asks }) => ({ symbol: instrument.symbol, bids: rows(bids), asks: rows(asks) })),
    ended: Array.from(state.memory.ended(), ({ orderId, claim, endedAt }): EndedRow => (
      claim ? [orderId, endedAt!, claim.accountId, claim.clientOrderId, claim.digest] : [orderId, endedAt!])),
    deposits: [...state.deposits].sort(),
  };
  return JSON.stringify(text);
}

function restoreOrders(state: CoreState, symbol: string, side: Side, list: readonly OrderRow[]): void {
  const book = state.books.get(symbol);
  if (!book) throw new CorruptDataError(`the snapshot has orders of ${symbol}, but not the instrument`);
  for (const [orderId, accountId, clientOrderId, digest, priceTicks, quantityLots, remainingLots] of list) {
    const remembered = state.memory.remember({ orderId, claim: { accountId, clientOrderId, digest } });
    const order: Order = { orderId, accountId, side, limited: true, priceTicks, quantityLots, remainingLots, remembered };
    state.rest(order, book);
  }
}

/** Held funds must be exactly what the open orders hold, and no book may be crossed. */
function check(state: CoreState): void {
  const holds = new Map<string, number>();
  for (const { order, book } of state.open.values()) {
    const { asset, amount } = holdOf(order, order.remainingLots, book.instrument);
    const key = `${order.accountId} ${asset}`;
    holds.set(key, (holds.get(key) ?? 0) + amount);
  }
  for (const [accountId, balances] of state.accounts.list()) {
    for (const [asset, free, held] of balances) {
      const expected = holds.get(`${accountId} ${asset}`) ?? 0;
      holds.delete(`${accountId} ${asset}`);
      if (held !== expected || free < 0) {
        throw new CorruptDataError(`the snapshot gives ${accountId} ${free} free and ${held} held of ${asset}; its open orders hold ${expected}`);
      }
    }
  }
  if (holds.size > 0) throw new CorruptDataError(`the snapshot has open orders of ${[...holds.keys()][0]} without funds`);
  for (const { instrument, bids, asks } of state.books.values()) {
    if (bids.best && asks.best && bids.best.priceTicks >= asks.best.priceTicks) {
      throw new CorruptDataError(`the snapshot's book of ${instrument.symbol} is crossed`);
    }
  }
}

/** @throws CorruptDataError when the text is not a snapshot of this partition that this build can read */
export function readSnapshot(snapshotText: string, partition: number): CoreState {
  let text: SnapshotText;
  try {
    text = JSON.parse(snapshotText) as SnapshotText;
  } catch {
    throw new CorruptDataError('the snapshot of the core is not JSON');
  }
  if (text?.version !== VERSION) throw new CorruptDataError(`a snapshot of version ${text?.version} cannot be read; this build knows ${VERSION}`);
  if (text.partition !== partition) throw new CorruptDataError(`the snapshot is of partition ${text.partition}, not ${partition}`);
  const state = new CoreState(partition, text.idempotencyWindowMs);
  state.seq = text.seq;
  state.time = text.time;
  try {
    for (const spec of text.instruments) state.define(defineInstrument(spec));
    for (const [accountId, balances] of text.balances) {
      for (const [asset, free, held] of balances) state.accounts.deposit(accountId, asset, free, held);
    }
    for (const { symbol, bids, asks } of text.books) {
      restoreOrders(state, symbol, 'buy', bids);
      restoreOrders(state, symbol, 'sell', asks);
    }
    for (const [orderId, endedAt, accountId, clientOrderId, digest] of text.ended) {
      const claim = accountId === undefined ? undefined : { accountId, clientOrderId: clientOrderId!, digest: digest! };
      state.memory.remember({ orderId, claim, endedAt });
    }
    for (const depositId of text.deposits) state.deposits.add(depositId);
  } catch (error) {
    throw error instanceof CorruptDataError ? error : new CorruptDataError(`the snapshot of the core is malformed: ${String(error)}`);
  }
  check(state);
  return state;
}
