import fc from 'fast-check';
import { compare, decimal, multiply, text } from './decimal';
import type { Instrument } from './model';
import { affordable, bodyOf, estimate, ORDER_TYPES, problemsOf, share, stepped, type Ticket, timesFor } from './ticket';

const BTC: Instrument = {
  symbol: 'BTCUSDT',
  base: { code: 'BTC', decimals: 8 },
  quote: { code: 'USDT', decimals: 6 },
  tickSize: '0.1',
  lotSize: '0.0001',
  rules: { takerFeePpm: 1_000 },
};
const ticket = (patch: Partial<Ticket> = {}): Ticket => ({
  side: 'buy',
  type: 'limit',
  price: '30000',
  stopPrice: '',
  quantity: '0.01',
  timeInForce: 'gtc',
  postOnly: false,
  ...patch,
});
const FREE = { base: '2', quote: '1000' };
const ASKS = [
  ['30000', '0.01'],
  ['30010', '0.02'],
  ['30100', '0.5'],
] as const;
const told = (patch: Partial<Ticket>, free = FREE, levels: readonly (readonly [string, string])[] | undefined = ASKS) =>
  estimate({ ticket: ticket(patch), instrument: BTC, levels, free });

test('a limit order costs price times quantity, and the fee is of what is received', () => {
  const buy = told({})!;
  expect([text(buy.quote), text(buy.fee), buy.feeAsset, text(buy.received), buy.receivedAsset]).toEqual([
    '300',
    '0.00001',
    'BTC',
    '0.00999',
    'BTC',
  ]);
  const sell = told({ side: 'sell' })!;
  expect([text(sell.quote), text(sell.fee), sell.feeAsset, text(sell.received)]).toEqual(['300', '0.3', 'USDT', '299.7']);
});

test('a fee is rounded up to the last decimal of its asset, as the core does', () => {
  const sell = told({ side: 'sell', price: '0.1', quantity: '0.0001' })!;
  expect([text(sell.quote), text(sell.fee)]).toEqual(['0.00001', '0.000001']);
});

test('a market order walks through the book and says what nobody offers', () => {
  expect(text(told({ type: 'market', quantity: '0.03', timeInForce: 'ioc' })!.quote)).toBe('900.2');
  const large = told({ type: 'market', quantity: '1', timeInForce: 'ioc' })!;
  expect([text(large.quote), text(large.unfilled!)]).toEqual(['15950.2', '0.47']);
  expect(text(large.received)).toBe('0.52947');
});

test('without a book there is no estimate of a market order rather than a guess', () => {
  expect(estimate({ ticket: ticket({ type: 'market', timeInForce: 'ioc' }), instrument: BTC, levels: undefined, free: FREE })).toBeUndefined();
});

test('what is missing is named in the asset that pays', () => {
  const { missing } = told({ quantity: '0.05' })!;
  expect([text(missing!.amount), missing!.asset]).toEqual(['500', 'USDT']);
  expect(told({ side: 'sell', quantity: '3' })!.missing!.asset).toBe('BTC');
  expect(told({ quantity: '0.01' })!.missing).toBeUndefined();
});

test('problems by field, in words', () => {
  expect(problemsOf(ticket({ price: '30000.05', quantity: 'abc' }), BTC)).toEqual({
    price: 'Price must be a multiple of 0.1.',
    quantity: 'Quantity must be a number such as 0.0001.',
  });
  expect(problemsOf(ticket({ quantity: '0', price: '-1' }), BTC)).toEqual({
    price: 'Price must be a number such as 0.1.',
    quantity: 'Quantity must be above zero.',
  });
  expect(problemsOf(ticket({ type: 'stop_loss', price: '', stopPrice: '' }), BTC)).toEqual({
    stopPrice: 'Stop price must be a number such as 0.1.',
  });
  expect(problemsOf(ticket({ type: 'market', price: 'nothing' }), BTC)).toEqual({});
});

test('a body has what its type has, and nothing else', () => {
  const full = { price: '30000', stopPrice: '31000', postOnly: true };
  const fields = Object.fromEntries(
    ORDER_TYPES.map((type) => [type, Object.keys(bodyOf(ticket({ ...full, type }), 'BTCUSDT', 'id')).filter((name) => /rice|post/.test(name))]),
  );
  expect(fields).toEqual({
    limit: ['price', 'postOnly'],
    market: [],
    stop_loss: ['stopPrice'],
    stop_loss_limit: ['price', 'stopPrice'],
    take_profit: ['stopPrice'],
    take_profit_limit: ['price', 'stopPrice'],
  });
  expect(bodyOf(ticket({ ...full, timeInForce: 'ioc' }), 'BTCUSDT', 'id')).not.toHaveProperty('postOnly');
  expect(timesFor('market')).toEqual(['ioc', 'fok']);
});

test('what can be afforded is in whole lots and can be paid', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 12n }),
      fc.bigInt({ min: 0n, max: 10n ** 14n }),
      fc.integer({ min: 1, max: 100 }),
      (ticks, units, percent) => {
        const free = { base: '0', quote: text({ units, scale: 6 }) };
        const price = text({ units: ticks, scale: 1 });
        const most = affordable({ ticket: ticket({ price }), instrument: BTC, levels: undefined, free })!;
        const cost = (quantity: string) => multiply(decimal(quantity), decimal(price));
        expect(compare(cost(most), decimal(free.quote))).toBeLessThanOrEqual(0);
        const more = text({ units: decimal(most).units * 10n ** BigInt(4 - decimal(most).scale) + 1n, scale: 4 });
        expect(compare(cost(more), decimal(free.quote))).toBe(1);
        expect(compare(decimal(share(most, percent, BTC)), decimal(most))).toBeLessThanOrEqual(0);
      },
    ),
  );
});

test('arrow keys move by the step and stay above zero', () => {
  expect(stepped('30000', '0.1', 1)).toBe('30000.1');
  expect(stepped('', '0.1', -1)).toBe('0.1');
  expect(stepped('0.3', '0.1', -10)).toBe('0.1');
});
