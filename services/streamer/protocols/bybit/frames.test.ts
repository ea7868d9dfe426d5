import { BybitConversation } from './conversation';

/** Synthetic frames in the shape of https://bybit-exchange.github.io/docs/v5/websocket/public/trade. */
const entry = (i: string, fields: object = {}): object => ({ T: 1_700_000_000_001, s: 'BTCUSDT', S: 'Buy', v: '0.002', p: '30000.10', L: 'PlusTick', i, BT: false, seq: 1, ...fields });
const frame = (data: unknown, fields: object = {}): string => JSON.stringify({ topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: 1_700_000_000_004, data, ...fields });

const talk = new BybitConversation(['BTCUSDT'], () => 0);

test('trades are told in their order, many in a frame', () => {
  expect(talk.hear(frame([entry('a'), entry('b', { S: 'Sell', p: '30000' })]), 9)).toEqual({
    symbol: 'BTCUSDT',
    trades: [{ id: 'a', takerSide: 'buy', price: '30000.10' }, { id: 'b', takerSide: 'sell', price: '30000' }].map((one) => (
      { type: 'trade', symbol: 'BTCUSDT', quantity: '0.002', exchangeTime: 1_700_000_000_001, receivedTime: 9, source: 'bybit', ...one })),
  });
});

test.each([
  ['no list', frame({})],
  ['a trade that is none', frame([7])],
  ['a trade without an id', frame([entry('')])],
  ['a trade of another symbol', frame([entry('a', { s: 'ETHUSDT' })])],
  ['a trade without a time', frame([entry('a', { T: 'now' })])],
  ['a trade without a side', frame([entry('a', { S: 'buy' })])],
  ['a trade of an odd size', frame([entry('a', { v: '1e-3' })])],
  ['no time', frame([entry('a')], { ts: null })],
])('%s is malformed', (_what, text) => {
  expect(() => talk.hear(text, 9)).toThrow(expect.objectContaining({ kind: 'trades' }));
});

test('the best prices come with their sizes, and not while a gap is open', () => {
  const book = (type: string, u: number, b: string[][], a: string[][]): string => JSON.stringify({
    topic: 'orderbook.1.BTCUSDT', type, ts: 1_700_000_000_005, data: { s: 'BTCUSDT', b, a, u, seq: 1 },
  });
  expect(talk.hear(book('snapshot', 5, [['99', '1']], [['101', '2']]), 9).top).toEqual({
    type: 'top', symbol: 'BTCUSDT', bidPrice: '99', bidQuantity: '1', askPrice: '101', askQuantity: '2', updateId: 5,
    exchangeTime: 1_700_000_000_005, receivedTime: 9, source: 'bybit',
  });
  expect(talk.hear(book('delta', 6, [['99', '0']], []), 9).top).toMatchObject({ bidPrice: undefined, bidQuantity: undefined, askPrice: '101', updateId: 6 });
  expect(talk.hear(book('delta', 8, [['98', '1']], []), 9)).toMatchObject({ fault: { kind: 'book_gap' } });
  expect(talk.hear(book('delta', 9, [['98', '1']], []), 9).top).toBeUndefined();
});
