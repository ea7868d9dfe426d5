/** Staying signed in, and what ends a session. */
import type { Session } from './api';
import { usernameOf } from './sessions';
import { FIRST, type ScreenState } from './state';
import type { Socket } from './stream';
import { Venue } from './venue';
import { Store } from '../core/store';

const tokenOf = (username: string, n = 0): string => `x.${btoa(JSON.stringify({ username, n }))}.y`;

/** A server with sessions, as far as the screen sees it. */
class Server {
  asked: string[] = [];
  sockets: (Socket & { sent: { op: string; token?: string }[] })[] = [];
  refresh: () => Response = () => Server.json({ accessToken: tokenOf('alice', this.asked.length), expiresIn: 600 });
  status = 200;
  code = 'expired_token';

  static json(body: object, status = 200): Response {
    return new Response(JSON.stringify(body), { status });
  }

  open(): Socket {
    const sent: { op: string; token?: string; channels?: string[] }[] = [];
    const say = (message: object): void => socket.onmessage?.({ data: JSON.stringify(message) } as never);
    const socket: Socket & { sent: typeof sent } = {
      onopen: null, onmessage: null, onclose: null, sent, close: () => undefined,
      send: (text: string) => {
        const message = JSON.parse(text) as (typeof sent)[number];
        sent.push(message);
        if (message.op === 'auth') say({ op: 'authenticated' });
        if (message.op === 'subscribe') say({ op: 'subscribed', channels: message.channels });
      },
    };
    this.sockets.push(socket);
    setTimeout(() => socket.onopen?.(undefined as never), 0);
    return socket;
  }

  fetch(path: string, { method, body }: RequestInit): Promise<Response> {
    this.asked.push(`${method} ${path}${body === undefined ? '' : ` ${String(body)}`}`);
    return Promise.resolve(this.answer(path));
  }

  private answer(path: string): Response {
    if (path === '/v1/instruments') return Server.json({ instruments: [{ symbol: 'BTCUSDT', base: {}, quote: {}, tickSize: '1', lotSize: '1' }] });
    if (path === '/v1/sign-in/options') return Server.json({ remember: true, sessions: true, federated: [] });
    if (path === '/v1/sessions') return Server.json({ accessToken: tokenOf('alice'), expiresIn: 600 });
    if (path === '/v1/sessions/refresh') return this.refresh();
    if (path === '/v1/time') return Server.json({ time: Date.now() });
    if (path === '/v1/account') return Server.json({ status: 'not_open', startingBalances: [{ asset: 'USDT', amount: '100000' }] });
    if (this.status !== 200) return Server.json({ code: this.code, detail: 'no' }, this.status);
    if (path.startsWith('/v1/book/')) return Server.json({ symbol: 'BTCUSDT', seq: 1, time: 1, bids: [], asks: [] });
    return Server.json({ asOf: 5, asOfTime: 1, orders: [], fills: [], balances: [], positions: [], candles: [], ended: true });
  }
}

let server: Server;
let store: Store<ScreenState>;
let venue: Venue;
let remembered: boolean;
let saved: Session | undefined;

async function until(holds: () => boolean): Promise<void> {
  for (let at = 0; !holds(); at++) {
    if (at > 300) throw new Error(`not in time: ${holds.toString()}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

function open(): void {
  store = new Store<ScreenState>(FIRST, (work) => work());
  venue = new Venue(store, {
    fetch: (path, init) => server.fetch(path, init), openSocket: () => server.open(),
    loadSession: () => saved, saveSession: (session) => { saved = session; },
    remembered: { get: () => remembered, set: (value) => { remembered = value; } },
  });
}

const refreshes = (): number => server.asked.filter((one) => one.includes('/refresh')).length;
const soonOver = (): void => store.set({ session: { ...store.now.session!, expiresAt: Date.now() + 30_000 } });

beforeEach(() => {
  server = new Server();
  remembered = false;
  saved = undefined;
  open();
});
afterEach(() => venue.signOut());

test('who is not remembered is not asked for, and signs in with the password', async () => {
  await venue.start();
  expect([refreshes(), store.now.session]).toEqual([0, undefined]);
  await venue.signIn('alice', 'secret');
  expect(server.asked).toContain('POST /v1/sessions {"username":"alice","password":"secret"}');
  soonOver();
  venue.tick();
  expect(refreshes()).toBe(0);
});

test('who is remembered is signed in when the page opens, under the name in the token', async () => {
  remembered = true;
  await venue.start();
  expect(store.now.session).toMatchObject({ username: 'alice', remembered: true });
});

test('a refresh that is refused at the start shows the form and says nothing', async () => {
  remembered = true;
  server.refresh = () => Server.json({ code: 'not_remembered' }, 400);
  await venue.start();
  expect([store.now.session, store.now.signInNote, remembered]).toEqual([undefined, undefined, false]);
});

test('a token is renewed before it ends, once, and the connection goes on with it', async () => {
  await venue.signIn('alice', 'secret', true);
  await until(() => store.now.link === 'live');
  const { token } = store.now.session!;
  soonOver();
  for (let i = 0; i < 5; i++) venue.tick();
  await until(() => store.now.session!.token !== token);
  expect([refreshes(), server.sockets.length, store.now.link]).toEqual([1, 1, 'live']);
  expect(server.sockets[0].sent.at(-1)).toEqual({ op: 'auth', token: store.now.session!.token });
  expect(saved?.token).toBe(store.now.session!.token);
});

test('a refresh that cannot be answered now is tried again, and one that is refused ends the session', async () => {
  await venue.signIn('alice', 'secret', true);
  server.refresh = () => Server.json({ code: 'sign_in_unavailable' }, 503);
  soonOver();
  venue.tick();
  await until(() => refreshes() === 1);
  await new Promise((done) => setTimeout(done, 20));
  expect(store.now.session).toBeDefined();
  server.refresh = () => Server.json({ code: 'refresh_refused' }, 401);
  const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 11_000);
  venue.tick();
  later.mockRestore();
  await until(() => store.now.session === undefined);
  expect([store.now.signInNote, remembered]).toEqual(['The session has ended. Sign in again.', false]);
});

test('a token that is over is renewed; a session that was ended is not', async () => {
  await venue.signIn('alice', 'secret', true);
  await until(() => store.now.link === 'live');
  const { token } = store.now.session!;
  server.status = 401;
  void venue.account.refresh();
  await until(() => store.now.session?.token !== token);
  expect(refreshes()).toBeGreaterThan(0);
  server.status = 200;
  await until(() => !store.now.behind);
  const before = refreshes();
  server.status = 401;
  server.code = 'session_ended';
  await venue.account.refresh();
  expect([store.now.session, store.now.signInNote, refreshes()]).toEqual([undefined, 'This session was ended. Sign in again.', before]);
});

test('a connection that is closed for its token goes on with another, one whose session was ended does not', async () => {
  await venue.signIn('alice', 'secret', true);
  await until(() => store.now.link === 'live');
  server.sockets[0].onclose?.({ code: 4401 });
  expect(store.now.link).toBe('lost');
  await until(() => server.sockets.length === 2 && store.now.link === 'live');
  server.sockets[1].onmessage?.({ data: JSON.stringify({ error: { code: 'session_ended' } }) });
  server.sockets[1].onclose?.({ code: 4401 });
  expect([store.now.session, store.now.signInNote, server.sockets.length]).toEqual([undefined, 'This session was ended. Sign in again.', 2]);
});

test('signing out ends the session on the server and forgets that this browser was to stay signed in', async () => {
  await venue.signIn('alice', 'secret', true);
  await venue.leave();
  expect(server.asked).toContain('DELETE /v1/sessions/current');
  expect([remembered, saved, store.now.session]).toEqual([false, undefined, undefined]);
});

test('an account that was never open is opened, and the screen knows what it began with', async () => {
  await venue.signIn('alice', 'secret');
  await until(() => store.now.facts !== undefined);
  expect(store.now.facts).toMatchObject({ status: 'open', startingBalances: [{ asset: 'USDT', amount: '100000' }] });
  expect(server.asked.filter((one) => one.startsWith('PUT /v1/account'))).toHaveLength(1);
});

test('what is no token has no name', () => {
  expect([usernameOf(tokenOf('zoe')), usernameOf('no token'), usernameOf('a.b.c')]).toEqual(['zoe', undefined, undefined]);
});
