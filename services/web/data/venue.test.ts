import { FIRST, type ScreenState } from './state';
import type { Socket } from './stream';
import { Venue } from './venue';
import { Store } from '../core/store';

/** A venue that says what a test wants, over HTTP and over the last socket that was opened. */
class Server {
  socket!: Socket & { sent: { op: string; channels?: string[] }[] };
  seq = 10;
  pictures = 0;
  candles: { openTime: number; close: string }[] = [];
  unauthorized = false;

  open(): Socket {
    const sent: { op: string; channels?: string[] }[] = [];
    const socket = this.socket = {
      onopen: null, onmessage: null, onclose: null, sent, close: () => undefined,
      send: (text: string) => {
        const message = JSON.parse(text) as { op: string; channels?: string[] };
        sent.push(message);
        if (message.op === 'auth') this.say({ op: 'authenticated' });
        if (message.op === 'subscribe') this.say({ op: 'subscribed', channels: message.channels });
      },
    };
    setTimeout(() => this.socket.onopen?.(undefined as never), 0);
    return socket;
  }

  say(message: object): void {
    this.socket.onmessage?.({ data: JSON.stringify(message) });
  }

  difference(previousSeq: number, seq: number, symbol = 'BTCUSDT'): void {
    this.say({ channel: `depth.${symbol}`, data: { symbol, previousSeq, seq, time: 1, bids: [[String(seq), '1']], asks: [] } });
  }

  fetch(path: string): Promise<Response> {
    if (this.unauthorized) return Promise.resolve(new Response('{"detail":"expired","code":"invalid_token"}', { status: 401 }));
    return Promise.resolve(new Response(JSON.stringify(this.answer(path))));
  }

  private answer(path: string): object {
    const instrument = (symbol: string) => ({ symbol, base: { code: symbol.slice(0, 3), decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '1', lotSize: '1' });
    if (path === '/v1/instruments') return { instruments: ['BTCUSDT', 'ETHUSDT'].map(instrument) };
    if (path === '/v1/sessions') return { accessToken: 't', expiresIn: 600 };
    if (path === '/v1/time') return { time: Date.now() };
    if (path === '/v1/status') return { ledger: { seq: 5 }, settlementLag: 0 };
    if (path.startsWith('/v1/candles')) return { candles: this.candles.filter(({ openTime }) => openTime >= Number(/from=(\d+)/.exec(path)![1])) };
    if (path.startsWith('/v1/book/')) {
      this.pictures += 1;
      return { symbol: path.slice(9), seq: this.seq, time: 1, bids: [[String(this.seq), '1']], asks: [] };
    }
    return { asOf: 5, asOfTime: 1, orders: [], fills: [], balances: [], positions: [] };
  }
}

let server: Server;
let store: Store<ScreenState>;
let venue: Venue;

async function until(holds: () => boolean): Promise<void> {
  for (let at = 0; !holds(); at++) {
    if (at > 300) throw new Error(`not in time: ${holds.toString()}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

beforeEach(async () => {
  server = new Server();
  store = new Store<ScreenState>(FIRST, (work) => work());
  venue = new Venue(store, {
    fetch: (path) => server.fetch(path), openSocket: () => server.open(), loadSession: () => undefined, saveSession: () => undefined,
  });
  await venue.signIn('alice', 'secret');
  await until(() => store.now.link === 'live' && store.now.book !== undefined);
});

afterEach(() => venue.signOut());

test('the book follows its differences, and a gap fetches a picture', async () => {
  server.difference(10, 12);
  expect(store.now.book).toMatchObject({ seq: 12, bids: [['12', '1'], ['10', '1']] });
  const { pictures } = server;
  server.seq = 20;
  server.difference(15, 20);
  // Old numbers are still there, and no longer as the book.
  expect([store.now.book, store.now.lastBook?.seq]).toEqual([undefined, 12]);
  await until(() => store.now.book?.seq === 20);
  expect(server.pictures).toBe(pictures + 1);
});

test('a lost connection leaves nothing that looks live, and the next one begins again', async () => {
  server.socket.onclose?.({ code: 1006 });
  expect(store.now).toMatchObject({ link: 'lost', behind: true, book: undefined, lastBook: { seq: 10 } });
  server.seq = 30;
  await until(() => store.now.link === 'live');
  expect(store.now).toMatchObject({ behind: false, book: { seq: 30 }, lastBook: undefined });
});

test('nothing of one instrument stands under the name of another', async () => {
  server.say({ channel: 'trades.BTCUSDT', data: { symbol: 'BTCUSDT', seq: 1, time: 1, price: '9', quantity: '1', takerSide: 'buy' } });
  expect(store.now.trades).toHaveLength(1);
  venue.choose('ETHUSDT');
  expect(store.now).toMatchObject({ symbol: 'ETHUSDT', book: undefined, lastBook: undefined, trades: [], live: [] });
  // What was on its way for the other one.
  server.difference(10, 11, 'BTCUSDT');
  server.say({ channel: 'trades.BTCUSDT', data: { symbol: 'BTCUSDT', seq: 2, time: 1, price: '9', quantity: '1', takerSide: 'buy' } });
  await until(() => store.now.book !== undefined);
  expect(store.now).toMatchObject({ book: { symbol: 'ETHUSDT' }, trades: [] });
});

test('a session that the server no longer takes asks to sign in, and forgets what it showed', async () => {
  server.unauthorized = true;
  await venue.account.refresh();
  expect(store.now).toMatchObject({ session: undefined, link: 'off', account: undefined, symbol: undefined, signInNote: 'The session has ended. Sign in again.' });
});

test('the end of the history is read again, and the rest of it stays', async () => {
  const minute = 60_000;
  const now = Math.floor(Date.now() / minute) * minute;
  server.candles = [now - 3 * minute, now - 2 * minute, now - minute].map((openTime) => ({ openTime, close: '1' }));
  venue.setInterval('5m');
  await until(() => store.now.history.length === 3);
  server.candles = [{ openTime: now - 2 * minute, close: '2' }, { openTime: now - minute, close: '3' }, { openTime: now, close: '4' }];
  const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 31_000);
  venue.tick();
  later.mockRestore();
  await until(() => store.now.history.length === 4);
  expect(store.now.history.map(({ close }) => close)).toEqual(['1', '2', '3', '4']);
});
