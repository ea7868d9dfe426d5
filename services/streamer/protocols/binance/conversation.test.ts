import { BinanceConversation } from './conversation';

/** Synthetic frames in the shape of https://github.com/binance/binance-spot-api-docs, web-socket-streams.md. */
const ticker = (E: number, c = '100', b = '99', a = '101'): object => ({ e: '24hrTicker', E, s: 'BTCUSDT', c, b, a, h: '120', l: '80', v: '5' });
const top = (u: number, b: string, a: string): object => ({ u, s: 'BTCUSDT', b, B: '1', a, A: '1' });

let talk: BinanceConversation;
const hear = (frame: object, now = 9): ReturnType<BinanceConversation['hear']> => talk.hear(JSON.stringify(frame), now);

beforeEach(() => {
  talk = new BinanceConversation(['BTCUSDT'], () => 0);
  talk.open();
});

test('streams are asked for in lower case, a hundred at a time', () => {
  const many = new BinanceConversation(Array.from({ length: 51 }, (_, i) => `S${i}`), () => 0);
  const requests = many.open().map((text) => JSON.parse(text) as { method: string; params: string[]; id: number });
  expect(requests.map(({ params, id }) => [params.length, id])).toEqual([[100, 1], [53, 2]]);
  const streams = Array.from({ length: 17 }, (_, i) => ['ticker', 'bookTicker', 'trade'].map((one) => `s${i + 34}@${one}`)).flat();
  expect(requests[1]).toEqual({ method: 'SUBSCRIBE', params: [...['bookTicker', 'trade'].map((one) => `s33@${one}`), ...streams], id: 2 });
});

test('between two tickers the best prices follow the book', () => {
  expect(hear(top(1, '98', '102'))).toEqual({
    symbol: 'BTCUSDT',
    top: { type: 'top', symbol: 'BTCUSDT', bidPrice: '98', bidQuantity: '1', askPrice: '102', askQuantity: '1', updateId: 1, receivedTime: 9, source: 'binance' },
  });
  expect(hear(ticker(5)).tick).toMatchObject({ lastPrice: '100', bidPrice: '99', askPrice: '101', exchangeTime: 5, receivedTime: 9 });
  expect(hear(top(7, '99.5', '100.5'), 10).tick).toMatchObject({ lastPrice: '100', bidPrice: '99.5', askPrice: '100.5', exchangeTime: 5, receivedTime: 10 });
  // The book is fresher than the ticker's own best prices.
  expect(hear(ticker(6, '101')).tick).toMatchObject({ lastPrice: '101', bidPrice: '99.5', askPrice: '100.5' });
});

test('what is older than what is known changes nothing', () => {
  hear(ticker(5));
  hear(top(7, '99.5', '100.5'));
  expect(hear(top(7, '1', '2')).tick).toBeUndefined();
  expect(hear(top(6, '1', '2')).tick).toBeUndefined();
  expect(hear(ticker(4, '1')).tick).toBeUndefined();
});

const trade = (t: number, m = false): object => ({ e: 'trade', E: 20, s: 'BTCUSDT', t, p: '100.5', q: '0.01', T: 19, m, M: true });

test('a trade has its number, and the side of who took', () => {
  expect(hear(trade(101), 30)).toEqual({
    symbol: 'BTCUSDT',
    trades: [{
      type: 'trade', symbol: 'BTCUSDT', id: '101', price: '100.5', quantity: '0.01', takerSide: 'buy', exchangeTime: 19, receivedTime: 30, source: 'binance',
    }],
  });
  expect(hear(trade(102, true)).trades).toMatchObject([{ id: '102', takerSide: 'sell' }]);
});

test('a number that is left out is a fault, the trade is told all the same; one that comes again or late is left to the ids', () => {
  hear(trade(101));
  expect(hear(trade(104))).toMatchObject({ trades: [{ id: '104' }], fault: { kind: 'trade_gap', message: 'BTCUSDT lost 2 trades before 104' } });
  expect(hear(trade(104)).fault).toBeUndefined();
  expect(hear(trade(103)).fault).toBeUndefined();
  expect(hear(trade(105)).fault).toBeUndefined();
});

test('wrapped frames mean the same', () => {
  expect(hear({ stream: 'btcusdt@ticker', data: ticker(5) }).tick).toMatchObject({ lastPrice: '100' });
});

test('an answer ends the wait, an error names its request', () => {
  let now = 0;
  talk = new BinanceConversation(['BTCUSDT'], () => now);
  talk.open();
  now = 50;
  expect(talk.waitingMs()).toBe(50);
  expect(hear({ error: { code: 2, msg: 'Invalid request' }, id: 1 })).toEqual({ refused: { topic: 'request 1', message: '2 Invalid request' } });
  expect(talk.waitingMs()).toBe(0);
  expect(hear({ result: null, id: 2 })).toEqual({});
});

test.each([
  ['a price that is no decimal', { ...ticker(5), c: '1e5' }, 'ticker'],
  ['no last price', { ...ticker(5), c: undefined }, 'ticker'],
  ['no time', { ...ticker(5), E: 'soon' }, 'ticker'],
  ['no symbol', { ...ticker(5), s: 7 }, 'ticker'],
  ['half a book', { ...top(5, '1', '2'), a: '' }, 'book'],
  ['a trade without a number', { ...trade(5), t: '5' }, 'trades'],
  ['a trade without a side', { ...trade(5), m: 1 }, 'trades'],
  ['a trade of nothing', { ...trade(5), q: undefined }, 'trades'],
  ['a trade out of time', { ...trade(5), T: undefined }, 'trades'],
  ['an event that nobody asked for', { e: 'kline', s: 'BTCUSDT' }, 'unknown_topic'],
])('%s is malformed', (_what, frame, kind) => {
  hear(ticker(1));
  expect(() => hear(frame)).toThrow(expect.objectContaining({ kind }));
});

test('a symbol that nobody asked for is a fault, not a tick', () => {
  expect(hear({ ...ticker(5), s: 'OTHER' })).toMatchObject({ fault: { kind: 'unknown_symbol' } });
});
