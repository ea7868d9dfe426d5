import { z } from 'zod';
import { Instruments } from './instruments';
import { type AccountAsset, balancesAfter, fillsAfter, ordersAfter } from './ledger-rows';
import type { Projections, Shown } from './projections';

/** Rows of one step. */
const PAGE = 500;
/** A step is not begun with less time than this left. */
const NEEDED_MS = 8_000;

/** Where a rebuild goes on. */
const position = z.discriminatedUnion('table', [
  z.strictObject({ table: z.literal('balances'), after: z.strictObject({ accountId: z.uuid(), asset: z.string() }).optional() }),
  z.strictObject({ table: z.literal('orders'), after: z.uuid().optional() }),
  z.strictObject({ table: z.literal('fills'), after: z.int().min(0) }),
]);
type Position = z.output<typeof position>;

/** An operator's command: make the read models of a partition again. `next` is what the answer before said. */
export const rebuildCommand = z.strictObject({
  rebuild: z.strictObject({ partition: z.int().min(0).max(0xffff), next: position.optional() }),
});

/** Answer to a rebuild. */
export interface RebuildResult {
  readonly partition: number;
  /** Rows that were written. */
  readonly rows: number;
  /** Absent when it is complete; otherwise to be sent with the next command, because the function's time was over. */
  readonly next?: Position;
}

/**
 * Writes what the ledger has of a partition to all read models, page by page, while settlement goes on: a page waits for the run that is
 * being settled, and the other way round. What is in a table and not in the ledger stays; empty the table first to be rid of it.
 */
export async function rebuild(
  projections: Projections, partition: number, from: Position | undefined, remainingMs: () => number,
): Promise<RebuildResult> {
  let next: Position | undefined = from ?? { table: 'balances' };
  let rows = 0;
  while (next && remainingMs() >= NEEDED_MS) {
    const at: Position = next;
    const step = await projections.locked(partition, async (client) => {
      const page = await pageOf(client, partition, at);
      await projections.show(partition, await Instruments.load(client), { balances: [], orders: [], fills: [], ...page.shown });
      return page;
    });
    rows += step.rows;
    next = step.next;
  }
  return { partition, rows, ...(next ? { next } : {}) };
}

interface Page {
  readonly shown: Partial<Shown>;
  readonly rows: number;
  readonly next: Position | undefined;
}

async function pageOf(client: Parameters<typeof ordersAfter>[0], partition: number, at: Position): Promise<Page> {
  switch (at.table) {
    case 'balances': {
      const balances = await balancesAfter(client, partition, at.after, PAGE);
      const last = balances.at(-1);
      const after: AccountAsset | undefined = last && { accountId: last.accountId, asset: last.asset };
      return { shown: { balances }, rows: balances.length, next: balances.length < PAGE ? { table: 'orders' } : { table: 'balances', after } };
    }
    case 'orders': {
      const orders = await ordersAfter(client, partition, at.after, PAGE);
      return { shown: { orders }, rows: orders.length, next: orders.length < PAGE ? { table: 'fills', after: 0 } : { table: 'orders', after: orders.at(-1)?.orderId } };
    }
    case 'fills': {
      const fills = await fillsAfter(client, partition, at.after, PAGE);
      const last = fills.at(-1);
      return { shown: { fills }, rows: fills.length, next: last ? { table: 'fills', after: last.seq } : undefined };
    }
  }
}
