import { parseFrame } from './frames';
import { SymbolState } from './symbol-state';

const SYMBOL = 'BTCUSDT';

/** Synthetic frames in the shape that https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook describes. */
const book = (type: string, u: number, b: string[][], a: string[][], ts: number | string = 1_700_000_000_000): string =>
  JSON.stringify({ data: { a, u, b, s: SYMBOL }, type, ts, topic: `orderbook.50.${SYMBOL}` });
const ticker = (type: string, fields: Record<string, string>): string =>
  JSON.stringify({ type, data: { ...fields, symbol: SYMBOL }, ts: 1_700_000_000_000, topic: `tickers.${SYMBOL}` });

function apply(state: SymbolState, text: string): ReturnType<SymbolState['applyBook']> {
  const frame = parseFrame(text);
  if (frame.type === 'ticker') return state.applyTicker(frame, 5);
  if (frame.type === 'book') return state.applyBook(frame, 5);
  throw new Error('no market data');
}

let state: SymbolState;

beforeEach(() => {
  state = new SymbolState(SYMBOL);
});

test('a snapshot is taken whole, a delta changes what it names and a size of zero removes', () => {
  apply(state, ticker('snapshot', { lastPrice: '100' }));
  expect(apply(state, book('snapshot', 7, [['99.5', '1'], ['99.4', '2'], ['9.9', '1']], [['100.5', '1'], ['100.6', '3']])))
    .toMatchObject({ bidPrice: '99.5', askPrice: '100.5' });
  expect(apply(state, book('delta', 8, [['99.5', '0']], [['100.4', '0.2']]))).toMatchObject({ bidPrice: '99.4', askPrice: '100.4' });
  expect(apply(state, book('delta', 9, [['99.4', '0.000']], []))).toMatchObject({ bidPrice: '9.9', askPrice: '100.4' });
  expect(apply(state, book('snapshot', 3, [['50', '1']], []))).toMatchObject({ bidPrice: '50', askPrice: undefined });
});

test('a lost update is a gap, one that is known already is nothing, and only a snapshot heals a gap', () => {
  apply(state, ticker('snapshot', { lastPrice: '100' }));
  expect(apply(state, book('delta', 1_000, [], []))).toBe('gap');
  apply(state, book('snapshot', 1_000, [['99', '1']], [['101', '1']]));
  expect(apply(state, book('delta', 1_000, [['99', '0']], []))).toBeUndefined();
  expect(apply(state, book('delta', 1_002, [['98', '1']], []))).toBe('gap');
  expect(apply(state, book('delta', 1_003, [['98', '1']], []))).toBe('gap');
  // The wrong prices are not shown until then.
  expect(apply(state, ticker('snapshot', { lastPrice: '100' }))).toMatchObject({ bidPrice: undefined, askPrice: undefined });
  expect(apply(state, book('snapshot', 2_000, [['97', '1']], []))).toMatchObject({ bidPrice: '97' });
});

test('update 1 starts the book again, whatever it is called', () => {
  apply(state, ticker('snapshot', { lastPrice: '100' }));
  apply(state, book('snapshot', 1_000, [['99', '1']], []));
  expect(apply(state, book('delta', 1, [['98', '1']], [['102', '1']]))).toMatchObject({ bidPrice: '98', askPrice: '102' });
});

test('a ticker delta leaves what it does not name', () => {
  expect(apply(state, ticker('delta', { lastPrice: '1' }))).toBeUndefined();
  apply(state, ticker('snapshot', { lastPrice: '100', highPrice24h: '120', bid1Price: '99', ask1Price: '101' }));
  expect(apply(state, ticker('delta', { lastPrice: '102', ask1Price: '103' })))
    .toMatchObject({ lastPrice: '102', high24h: '120', bidPrice: '99', askPrice: '103' });
});

test('no tick before there is a price', () => {
  expect(apply(state, book('snapshot', 1, [['99', '1']], []))).toBeUndefined();
  expect(apply(state, ticker('snapshot', { lastPrice: '100' }))).toMatchObject({ bidPrice: '99' });
});

test('time may be text, and never runs backwards', () => {
  apply(state, ticker('snapshot', { lastPrice: '100' }));
  expect(apply(state, book('snapshot', 2, [], [], '1700000000500'))).toMatchObject({ exchangeTime: 1_700_000_000_500 });
  expect(apply(state, book('snapshot', 3, [], [], 1_700_000_000_400))).toMatchObject({ exchangeTime: 1_700_000_000_500, receivedTime: 5 });
});
