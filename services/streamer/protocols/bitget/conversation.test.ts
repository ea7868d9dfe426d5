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

test('asks for 25 symbols at a time', () => {
  const many = new BitgetConversation(Array.from({ length: 30 }, (_, i) => `S${i}`), () => 0);
  expect(many.open().map((text) => (JSON.parse(text) as { args: unknown[] }).args.length)).toEqual([25, 5]);
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

test('waits for the answer to each symbol', () => {
  let now = 0;
  talk = new BitgetConversation(['A', 'B'], () => now);
  talk.open();
  now = 30;
  hear({ event: 'subscribe', arg: { instType: 'SPOT', channel: 'ticker', instId: 'A' } });
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
