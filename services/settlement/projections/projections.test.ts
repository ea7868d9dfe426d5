import fc from 'fast-check';
import type { Pool } from 'pg';
import { formatDecimal } from '../../domain';
import { settleRun } from '../settle';
import { historyKey } from './order-history';
import { isPersonal } from './people';
import type { Projections } from './projections';
import { rebuild } from './rebuild';
import { startTestStores, type TableName, type TestStores } from './testing/stores';
import { tradeId } from './trades';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { actions, FUNDING, newPartition, runOf } from '../testing/tables';
import { accountOf, type Action, Venue } from '../testing/venue';

let ledger: TestLedger;
let stores: TestStores;
let pool: Pool;
let projections: Projections;

beforeAll(async () => {
  [ledger, stores] = await Promise.all([startTestLedger(), startTestStores()]);
  pool = ledger.pool('settlement', 4);
  projections = stores.projections(pool);
});
afterAll(async () => {
  await Promise.all([ledger?.stop(), stores?.stop()]);
});
afterEach(() => stores.fail(undefined));

const DECIMALS: Record<string, number> = { BTC: 8, USDT: 6 };

function venueOf(more: readonly Action[]): { partition: number; venue: Venue } {
  const { partition, salt } = newPartition();
  return { partition, venue: new Venue(partition, salt).run([{ do: 'configure' }, ...FUNDING, ...more]) };
}

async function itemsOf(table: TableName, partition: number) {
  return (await stores.items(table)).filter((item) => item.partition?.N === String(partition));
}

/** What must be in the tables and the stream, from the venue's own books. */
async function expectShown(partition: number, venue: Venue): Promise<void> {
  const wallets = (await stores.items('wallets')).flatMap(({ userId, asset, [`p${partition}`]: part }) => (
    part ? [[`${userId.S}/${asset.S}`, [part.M?.free.S, part.M?.held.S]] as const] : []));
  const owners = [...venue.owned.keys()].filter((key) => isPersonal(key.split('/')[0]));
  expect(Object.fromEntries(wallets)).toEqual(Object.fromEntries(owners.map((key) => {
    const [account, asset] = key.split('/');
    return [key, [venue.free(account, asset), venue.held(account, asset)].map((units) => formatDecimal(units, DECIMALS[asset]))];
  })));

  const orders = await itemsOf('orders', partition);
  expect(Object.fromEntries(orders.map(({ createdAtOrderId, status, reason }) => [createdAtOrderId.S, [status.S, reason?.S ?? null]])))
    .toEqual(Object.fromEntries(venue.orders.map(({ id, status, reason }) => [historyKey(id), [status, reason]])));

  const book = (await itemsOf('book', partition)).sort((a, b) => (a.priceSequence.S! < b.priceSequence.S! ? -1 : 1));
  const shown = (side: string) => book.filter(({ symbolSide }) => symbolSide.S === `BTCUSDT#${side}`).map(({ orderId, quantity }) => `${orderId.S} ${quantity.S}`);
  for (const side of ['buy', 'sell'] as const) {
    const resting = venue.orders.filter((order) => order.side === side && order.status === 'open');
    expect(shown(side).sort()).toEqual(resting.map(({ id, remaining }) => `${id} ${formatDecimal(remaining, 4)}`).sort());
    const prices = shown(side).map((line) => resting.find(({ id }) => line.startsWith(id))?.price ?? 0);
    expect(prices).toEqual([...prices].sort((a, b) => (side === 'buy' ? b - a : a - b)));
  }
  // Every order that rests has its place remembered, and no other.
  const memories = (await stores.items('book')).filter(({ symbolSide, orderId }) => orderId === undefined && venue.orders.some(({ id }) => symbolSide.S === `order#${id}`));
  expect(memories).toHaveLength(book.length);

  const trades = await itemsOf('trades', partition);
  const events = venue.events.filter(({ type }) => type === 'trade');
  expect(trades).toHaveLength(2 * events.length);
  const streamed = (await stores.trades()).filter((trade) => trade.partition === partition);
  expect(new Set(streamed.map((trade) => trade.tradeId))).toEqual(new Set(events.map(({ seq }) => tradeId(partition, seq))));
}

const STORY: Action[] = [
  { do: 'place', account: 0, side: 'sell', market: false, ioc: false, price: 3, lots: 5 },
  { do: 'place', account: 1, side: 'buy', market: false, ioc: false, price: 4, lots: 3 },
  { do: 'place', account: 3, side: 'buy', market: false, ioc: false, price: 1, lots: 7 },
  { do: 'place', account: 2, side: 'buy', market: false, ioc: false, price: 2, lots: 4 },
];

test('what a run changed is in every read model, and each trade in the stream', async () => {
  const { partition, venue } = venueOf(STORY);
  const run = runOf(venue.events);
  await settleRun(pool, run);
  await projections.project(run);
  await expectShown(partition, venue);
  const [trade] = (await stores.trades()).filter((one) => one.partition === partition);
  expect(trade).toMatchObject({
    symbol: 'BTCUSDT', price: '0.3', quantity: '0.0003', quoteAmount: '0.00009', takerSide: 'buy',
    maker: { accountId: accountOf(0), side: 'sell', remaining: '0.0002', fee: '0.000001', feeAsset: 'USDT' },
    taker: { accountId: accountOf(1), side: 'buy', remaining: '0', fee: '0.0000006', feeAsset: 'BTC' },
  });
  // Best bid first.
  const bids = (await itemsOf('book', partition)).filter(({ symbolSide }) => symbolSide.S === 'BTCUSDT#buy').sort((a, b) => (a.priceSequence.S! < b.priceSequence.S! ? -1 : 1));
  expect(bids.map(({ price }) => price.S)).toEqual(['0.2', '0.1']);
});

test('however often it is interrupted and repeated, everything is there once', async () => {
  await fc.assert(fc.asyncProperty(
    actions, fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 }), fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }),
    async (more, sizes, failures) => {
      const { partition, venue } = venueOf(more);
      const outages = [...failures];
      for (let first = 1, i = 0; first <= venue.events.length; i++) {
        const last = Math.min(venue.events.length, first + sizes[i % sizes.length] - 1);
        const run = runOf(venue.events, first, last);
        await settleRun(pool, run);
        const outage = outages.shift();
        if (outage !== undefined) {
          stores.fail(outage);
          await projections.project(run).catch((error: Error) => expect(error.message).toBe('the network is gone'));
          stores.fail(undefined);
        }
        await projections.project(run);
        first = last + 1;
      }
      await projections.project(runOf(venue.events));
      await expectShown(partition, venue);
    },
  ), { numRuns: 12 });
});

test('nothing older takes the place of something newer', async () => {
  const { partition, venue } = venueOf(STORY);
  await settleRun(pool, runOf(venue.events));
  await projections.project(runOf(venue.events));
  const before = await Promise.all((['wallets', 'orders', 'book', 'trades'] as const).map((table) => stores.items(table)));
  await projections.project(runOf(venue.events, 1, 12));
  expect(await Promise.all((['wallets', 'orders', 'book', 'trades'] as const).map((table) => stores.items(table)))).toEqual(before);
  await expectShown(partition, venue);
});

test('a rebuild makes the tables again from the ledger, in as many steps as it has time for', async () => {
  const { partition, venue } = venueOf([...STORY, { do: 'cancel', pick: 0 }]);
  await settleRun(pool, runOf(venue.events));
  // The stream is a log and not made again.
  const trades = venue.events.filter(({ type }) => type === 'trade').length;
  let calls = 0;
  const oneStep = () => (calls++ % 2 === 0 ? 10_000 : 0);
  let answer = await rebuild(projections, partition, undefined, oneStep);
  let rows = answer.rows;
  let steps = 1;
  for (; answer.next; steps++) {
    answer = await rebuild(projections, partition, answer.next, oneStep);
    rows += answer.rows;
  }
  expect({ steps, rows }).toEqual({ steps: 4, rows: 8 + venue.orders.length + 2 * trades });
  await projections.project(runOf(venue.events.filter(({ type }) => type === 'trade')));
  await expectShown(partition, venue);
});

test('somebody who settles the same partition waits until the read models are written', async () => {
  const { partition, venue } = venueOf(STORY);
  await settleRun(pool, runOf(venue.events, 1, 10));
  const order: string[] = [];
  let release: () => void = () => undefined;
  const held = projections.locked(partition, () => new Promise<void>((resolve) => { release = resolve; })).then(() => order.push('projected'));
  const settled = settleRun(pool, runOf(venue.events, 11)).then(() => order.push('settled'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(order).toEqual([]);
  release();
  await Promise.all([held, settled]);
  expect(order).toEqual(['projected', 'settled']);
});
