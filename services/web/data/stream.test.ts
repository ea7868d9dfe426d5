import { type Socket, Stream, type StreamHandlers } from './stream';

/** The other end of a socket that a test holds in its hands. */
class Line implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** Opens, takes the token, and answers every subscription. */
  accept(): void {
    this.onopen?.(undefined as never);
    this.say({ op: 'authenticated', expiresAt: 0 });
    this.confirm();
  }

  confirm(): void {
    for (const { op, channels } of this.sent) if (op === 'subscribe') this.say({ op: 'subscribed', channels });
  }
}

let lines: Line[];
let told: string[];
let data: [string, unknown][];
let stream: Stream;
let after: Readonly<Record<string, unknown>>;

beforeEach(() => {
  jest.useFakeTimers();
  lines = [];
  told = [];
  data = [];
  after = {};
  const handlers: StreamHandlers = {
    onData: (channel, value) => data.push([channel, value]),
    onOpen: () => told.push('open'),
    onReady: () => told.push('ready'),
    onGap: (channels) => told.push(`gap ${channels.join()}`),
    onLost: () => told.push('lost'),
    onUnauthorized: () => told.push('unauthorized'),
  };
  const open = (): Socket => {
    lines.push(new Line());
    return lines.at(-1)!;
  };
  stream = new Stream({ token: () => 'secret', open, after: () => after, random: () => 0.5 }, handlers);
  stream.subscribe(['orders', 'ticker.BTCUSDT']);
});

afterEach(() => {
  stream.close();
  jest.useRealTimers();
});

test('authenticates before it asks for anything, and is ready when everything stands', () => {
  lines[0].onopen?.(undefined as never);
  expect(lines[0].sent).toEqual([{ op: 'auth', token: 'secret' }]);
  lines[0].say({ op: 'authenticated' });
  expect(lines[0].sent.at(-1)).toEqual({ op: 'subscribe', channels: ['orders', 'ticker.BTCUSDT'] });
  lines[0].say({ op: 'subscribed', channels: ['orders'] });
  expect(told).toEqual(['open']);
  lines[0].say({ op: 'subscribed', channels: ['ticker.BTCUSDT'] });
  expect(told).toEqual(['open', 'ready']);
  lines[0].say({ channel: 'ticker.BTCUSDT', data: { lastPrice: '1' } });
  expect(data).toEqual([['ticker.BTCUSDT', { lastPrice: '1' }]]);
});

test('a connection that closes is made again with all subscriptions, from where it ended', () => {
  lines[0].accept();
  after = { orders: { 0: 17 } };
  lines[0].onclose?.({ code: 1006 });
  expect(told.at(-1)).toBe('lost');
  jest.advanceTimersByTime(300);
  expect(lines).toHaveLength(2);
  lines[1].accept();
  expect(lines[1].sent[1]).toEqual({ op: 'subscribe', channels: ['orders', 'ticker.BTCUSDT'], after: { orders: { 0: 17 } } });
  expect(told.slice(-2)).toEqual(['open', 'ready']);
});

test('silence is a loss, whatever the socket says', () => {
  lines[0].accept();
  jest.advanceTimersByTime(4_100);
  expect(lines[0].sent.filter(({ op }) => op === 'ping').length).toBe(2);
  lines[0].say({ op: 'pong' });
  jest.advanceTimersByTime(4_000);
  expect(told).not.toContain('lost');
  jest.advanceTimersByTime(4_000);
  expect(told.at(-1)).toBe('lost');
  expect(lines[0].closed).toBe(true);
});

test('what a lost connection still says is not heard', () => {
  lines[0].accept();
  const speak = lines[0].onmessage;
  stream.drop();
  speak?.({ data: JSON.stringify({ channel: 'ticker.BTCUSDT', data: 'late' }) });
  expect(data).toEqual([]);
});

test('pauses grow while nobody answers, up to five seconds, and end when the network is back', () => {
  const pauses: number[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    const [count, since] = [lines.length, Date.now()];
    lines.at(-1)!.onclose?.({ code: 1006 });
    while (lines.length === count) jest.advanceTimersByTime(50);
    pauses.push(Date.now() - since);
  }
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  lines.at(-1)!.onclose?.({ code: 1006 });
  const count = lines.length;
  stream.retryNow();
  expect(lines).toHaveLength(count + 1);
});

test('a token that is not taken ends it', () => {
  lines[0].onclose?.({ code: 4401 });
  jest.advanceTimersByTime(60_000);
  expect(told).toEqual(['unauthorized']);
  expect(lines).toHaveLength(1);
});

test('gaps are passed on, and a channel that is not available is asked for again', () => {
  lines[0].accept();
  lines[0].say({ op: 'gap', channels: ['orders'] });
  expect(told.at(-1)).toBe('gap orders');
  stream.subscribe(['depth.BTCUSDT']);
  lines[0].say({ error: { code: 'stream_unavailable', message: '…', channel: 'depth.BTCUSDT' } });
  jest.advanceTimersByTime(1_000);
  expect(lines[0].sent.filter(({ channels }) => (channels as string[] | undefined)?.join() === 'depth.BTCUSDT')).toHaveLength(2);
});

test('closed is closed', () => {
  lines[0].accept();
  stream.close();
  jest.advanceTimersByTime(60_000);
  expect(lines).toHaveLength(1);
  expect(told).not.toContain('lost');
});
