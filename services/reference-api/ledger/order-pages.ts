/** One list of the orders of several partitions, page by page. */
import type { OrderCursor, OrderQuery } from './ledger-reader';
import type { Ledgers, PlacedOrder } from './ledgers';
import { isUuid } from '../../domain';

/** Where a list goes on, by partition; one that is not there begins at its newest order. */
export type PageCursor = ReadonlyMap<number, OrderCursor>;

/** Sequence of the last event that an answer includes, and when the ledger had it. */
export interface PartitionAsOf {
  readonly partition: number;
  readonly asOf: number;
  readonly asOfTime: number | null;
}

export interface OrderPage {
  readonly orders: readonly PlacedOrder[];
  /** Sequence of the last event that the answer includes, by partition. */
  readonly asOf: readonly PartitionAsOf[];
  /** Undefined at the end of the list. */
  readonly next?: PageCursor;
}

const PLACE = /^(\d{1,16}):([0-9a-f-]{36})(?:@(\d{1,5}))?$/;

/** A cursor as text, `<sequence>:<order id>@<partition>,…`. @param alone the only partition, which is then not named */
export function cursorText(cursor: PageCursor, alone: boolean): string {
  const places = [...cursor].map(([partition, { createdSeq, orderId }]) => `${createdSeq}:${orderId}${alone ? '' : `@${partition}`}`);
  return Buffer.from(places.join(',')).toString('base64url');
}

/** Reads a cursor; a place that names no partition is at -1, for whichever is the only one. Undefined when it is none of ours. */
export function parseCursor(text: string): PageCursor | undefined {
  const cursor = new Map<number, OrderCursor>();
  for (const place of Buffer.from(text, 'base64url').toString('latin1').split(',')) {
    const [, seq, orderId, partition = '-1'] = PLACE.exec(place) ?? [];
    if (seq === undefined || !Number.isSafeInteger(Number(seq)) || !isUuid(orderId)) return undefined;
    cursor.set(Number(partition), { createdSeq: Number(seq), orderId });
  }
  return cursor;
}

/** A page of an account's orders in these partitions, newest first. Complete or not at all: an unreachable ledger fails it. */
export async function readOrders(
  ledgers: Ledgers, selected: readonly number[], accountId: string, { limit, status }: OrderQuery, cursor: PageCursor = new Map(),
): Promise<OrderPage> {
  const lists = await Promise.all(selected.map(async (partition) => {
    const after = cursor.get(partition) ?? (selected.length === 1 ? cursor.get(-1) : undefined);
    const { seq, time, rows } = await ledgers.of(partition).orders(accountId, { limit: limit + 1, status, after });
    return { partition, asOf: seq, asOfTime: time?.getTime() ?? null, after, rows, taken: 0 };
  }));
  const orders: PlacedOrder[] = [];
  while (orders.length < limit) {
    // Within a partition the sequence decides; its times never run backwards, so that the newest of the heads is the newest of all.
    const heads = lists.filter(({ rows, taken }) => taken < rows.length);
    if (heads.length === 0) break;
    const list = heads.reduce((best, one) => (one.rows[one.taken].createdAt > best.rows[best.taken].createdAt ? one : best));
    orders.push({ ...list.rows[list.taken++], partition: list.partition });
  }
  const asOf = lists.map(({ partition, asOf: seq, asOfTime }) => ({ partition, asOf: seq, asOfTime }));
  if (lists.every(({ rows, taken }) => taken === rows.length)) return { orders, asOf };
  const next = new Map<number, OrderCursor>();
  for (const { partition, rows, taken, after } of lists) {
    const last = taken > 0 ? rows[taken - 1] : after;
    if (last) next.set(partition, { createdSeq: last.createdSeq, orderId: last.orderId });
  }
  return { orders, asOf, next };
}
