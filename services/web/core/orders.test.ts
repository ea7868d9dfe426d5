import fc from 'fast-check';
import type { OrderUpdate } from './model';
import { Orders, reaches } from './orders';

const update = (seq: number, patch: Partial<OrderUpdate> = {}): OrderUpdate => ({
  event: 'accepted',
  seq,
  time: seq,
  orderId: 'a',
  symbol: 'BTCUSDT',
  side: 'buy',
  status: 'open',
  price: '30000',
  quantity: '2',
  remaining: '2',
  ...patch,
});
const FILL = { price: '30000', quantity: '1', liquidity: 'maker' as const, fee: '0.001', feeAsset: 'BTC' };

test('of an order the later sequence counts, whichever way it came', () => {
  const orders = new Orders();
  orders.update(update(5));
  orders.update(update(9, { event: 'fill', remaining: '1', fill: FILL }));
  // The ledger is behind.
  orders.page([{ orderId: 'a', symbol: 'BTCUSDT', status: 'open', quantity: '2', remaining: '2', createdAt: 4 }], { asOf: 7 });
  expect(orders.all).toMatchObject([{ remaining: '1', seq: 9, createdAt: 4 }]);
  // And then it is not.
  orders.page([{ orderId: 'a', symbol: 'BTCUSDT', status: 'filled', quantity: '2', remaining: '0' }], { asOf: 12 });
  expect(orders.all).toMatchObject([{ remaining: '0', status: 'filled', seq: 12 }]);
  expect(orders.open).toEqual([]);
});

test('in whatever order and however often messages and pages come, the end is the same', () => {
  const steps: ((orders: Orders) => void)[] = [
    (orders) => orders.update(update(5)),
    (orders) => orders.update(update(9, { event: 'fill', remaining: '1', fill: FILL })),
    (orders) => orders.update(update(14, { event: 'cancelled', status: 'cancelled', remaining: '1', reason: 'requested' })),
    (orders) =>
      orders.page([{ orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'open', price: '30000', quantity: '2', remaining: '1' }], { asOf: 10 }),
    (orders) => orders.pageOfFills([{ ...FILL, seq: 9, orderId: 'a', symbol: 'BTCUSDT', side: 'buy', time: 9 }]),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(steps, { minLength: steps.length }), fc.array(fc.constantFrom(...steps)), (once, again) => {
      const orders = new Orders();
      for (const step of [...once, ...again]) step(orders);
      expect(orders.all).toMatchObject([{ status: 'cancelled', remaining: '1', seq: 14, reason: 'requested' }]);
      expect(orders.fills).toHaveLength(1);
      expect(orders.last.get(0)).toBe(14);
    }),
  );
});

test('a refused request leaves the order as it is, and still counts as heard', () => {
  const orders = new Orders();
  orders.update(update(5));
  orders.update(update(6, { event: 'amend_rejected', status: 'rejected', reason: 'invalid_price' as never }));
  expect(orders.all).toMatchObject([{ status: 'open', seq: 5 }]);
  expect(orders.last.get(0)).toBe(6);
});

test('both sides of a trade with oneself are two fills', () => {
  const orders = new Orders();
  orders.update(update(1));
  orders.update(update(2, { orderId: 'b', side: 'sell' }));
  orders.update(update(3, { event: 'fill', fill: FILL }));
  orders.update(update(3, { event: 'fill', orderId: 'b', side: 'sell', fill: { ...FILL, liquidity: 'taker' } }));
  expect(orders.fills).toHaveLength(2);
});

test('an order that the ledger no longer lists as open is in doubt, unless it is newer', () => {
  const orders = new Orders();
  orders.update(update(5));
  orders.update(update(20, { orderId: 'b' }));
  expect(orders.doubtful([], { asOf: 10 })).toEqual(['a']);
  expect(orders.doubtful([{ orderId: 'a' }], { asOf: 10 })).toEqual([]);
});

test('an answer reaches a mark in every partition, or it does not', () => {
  const marks = new Map([
    [0, 5],
    [3, 7],
  ]);
  expect(
    reaches(
      {
        partitions: [
          { partition: 0, asOf: 9, asOfTime: 1 },
          { partition: 3, asOf: 6, asOfTime: 1 },
        ],
      },
      marks,
    ),
  ).toBe(false);
  expect(
    reaches(
      {
        partitions: [
          { partition: 0, asOf: 5, asOfTime: 1 },
          { partition: 3, asOf: 7, asOfTime: 1 },
        ],
      },
      marks,
    ),
  ).toBe(true);
  expect(reaches({ asOf: 5 }, new Map([[0, 6]]))).toBe(false);
  expect(reaches({}, new Map([[0, 6]]))).toBe(false);
});
