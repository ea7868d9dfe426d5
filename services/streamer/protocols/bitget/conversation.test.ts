import { BitgetConversation } from './conversation';

/** Synthetic frames in the shape of https://www.bitget.com/api-doc/spot/websocket/public/Tickers-Channel. */
const ticker = (ts: unknown, fields: object = {}): object => ({
  action: 'snapshot',
  arg: { instType: 'SPOT', channel: 'ticker', instId: 'ETHUSDT' },
  data: [{ instId: 'ETHUSDT', lastPr: '2000.10', bidPr: '2000', askPr: '2000.1', high24h: '2100', low24h: '1900', baseVolume: '12.5', ts, ...fields }],
  ts: 1_700_000_000_012,
});

let talk: BitgetConversation;
const hear = (frame: object): ReturnType<BitgetConversation['hear']> => talk.hear(JSON.stringify(frame), 9);

beforeEach(() => {
  talk = new BitgetConversation(['ETHUSDT'], () => 0);
});

test('asks for 15 symbols at a time, three channels each', () => {
  const many = new BitgetConversation(Array.from({ length: 30 }, (_, i) => `S${i}`), () => 0);
  expect(many.open().map((text) => (JSON.parse(text) as { args: unknown[] }).args.length)).toEqual([45, 45]);
  for (const text of many.open()) expect(text.length).toBeLessThan(4_096);
});

test('a ticker is a whole picture; its time may be text', () => {
  expect(hear(ticker('1700000000010'))).toEqual({
    symbol: 'ETHUSDT',
    tick: {
      symbol: 'ETHUSDT',
      lastPrice: '2000.10',
      bidPrice: '2000',
      askPrice: '2000.1',
      high24h: '2100',
      low24h: '1900',
      volume24h: '12.5',
      exchangeTime: 1_700_000_000_010,
      receivedTime: 9,
      source: 'bitget',
    },
  });
  expect(hear(ticker('')).tick).toMatchObject({ exchangeTime: 1_700_000_000_012 });
});

test('an older picture changes nothing', () => {
  hear(ticker(20));
  expect(hear(ticker(19))).toEqual({ symbol: 'ETHUSDT' });
});

const push = (channel: string, entry: object | object[], action = 'snapshot'): object => (
  { action, arg: { instType: 'SPOT', channel, instId: 'ETHUSDT' }, data: [entry].flat(), ts: 1_700_000_000_012 });
const trade = (tradeId: string, ts: string, fields: object = {}): object => ({ tradeId, ts, price: '2000.1', size: '0.5', side: 'sell', ...fields });

test('the first level of the book is a whole picture, an older one changes nothing', () => {
  const level = (seq: number): object => push('books1', { bids: [['2000', '0.5']], asks: [['2000.1', '3.25']], seq, ts: '1700000000011', checksum: 0 });
  expect(hear(level(7))).toEqual({
    symbol: 'ETHUSDT',
    top: {
      type: 'top', symbol: 'ETHUSDT', bidPrice: '2000', bidQuantity: '0.5', askPrice: '2000.1', askQuantity: '3.25', updateId: 7,
      exchangeTime: 1_700_000_000_011, receivedTime: 9, source: 'bitget',
    },
  });
  expect(hear(level(6))).toEqual({ symbol: 'ETHUSDT' });
  expect(hear(push('books1', { bids: [], asks: [], seq: 8, ts: '5' })).top).toMatchObject({ bidPrice: undefined, askPrice: undefined });
});

test('trades come with the newest first and go on with the oldest', () => {
  expect(hear(push('trade', [trade('12', '20'), trade('11', '20', { side: 'buy' }), trade('10', '19')])).trades).toEqual([
    { id: '10', takerSide: 'sell', exchangeTime: 19 }, { id: '11', takerSide: 'buy', exchangeTime: 20 }, { id: '12', takerSide: 'sell', exchangeTime: 20 },
  ].map((one) => ({ type: 'trade', symbol: 'ETHUSDT', price: '2000.1', quantity: '0.5', receivedTime: 9, source: 'bitget', ...one })));
});

test.each([
  ['no side', trade('1', '5', { side: 'Sell' })],
  ['no id', trade('', '5')],
  ['no time', trade('1', 'now')],
  ['no price', trade('1', '5', { price: '' })],
])('a trade with %s is malformed', (_what, entry) => {
  expect(() => hear(push('trade', entry))).toThrow(expect.objectContaining({ kind: 'trades' }));
});

test('waits for the answer to each topic', () => {
  let now = 0;
  talk = new BitgetConversation(['A', 'B'], () => now);
  talk.open();
  now = 30;
  for (const topic of ['ticker.A', 'books1.A', 'trade.A', 'books1.B', 'trade.B']) {
    const [channel, instId] = topic.split('.');
    hear({ event: 'subscribe', arg: { instType: 'SPOT', channel, instId } });
  }
  expect(talk.waitingMs()).toBe(30);
  expect(hear({ event: 'error', arg: { instType: 'SPOT', channel: 'ticker', instId: 'B' }, code: 30001, msg: 'no such' }))
    .toEqual({ refused: { topic: 'ticker.B', message: '30001 no such' } });
  expect(talk.waitingMs()).toBe(0);
  expect(hear({ event: 'error', code: 30003, msg: 'bad' })).toMatchObject({ fault: { kind: 'refused' } });
});

test.each([
  ['a price that is no decimal', ticker(5, { lastPr: '-1' }), 'ticker'],
  ['no price', ticker(5, { lastPr: '' }), 'ticker'],
  ['another symbol than its channel', ticker(5, { instId: 'BTCUSDT' }), 'ticker'],
  ['no data', { ...ticker(5), data: [] }, 'ticker'],
  ['another channel', { ...ticker(5), arg: { channel: 'books', instId: 'ETHUSDT' } }, 'unknown_topic'],
])('%s is malformed', (_what, frame, kind) => {
  expect(() => hear(frame)).toThrow(expect.objectContaining({ kind }));
});
