import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { TopicRef } from './protocol';
import { SendQueue } from './send-queue';
import { wireOf } from './wire';

let server: WebSocketServer;
let client: WebSocket;
let queue: SendQueue;
let stream: Socket;

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  const connected = new Promise<void>((resolve) => server.once('connection', (socket, request) => {
    stream = request.socket;
    queue = new SendQueue(socket, stream);
    resolve();
  }));
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false, maxPayload: 1 << 20 });
  await Promise.all([connected, new Promise((resolve) => client.once('open', resolve))]);
});
afterEach(async () => {
  client.terminate();
  await new Promise((resolve) => server.close(resolve));
});

const complete: TopicRef = { name: 'depth.X', channel: 'depth.X', kind: 'complete' };
const latest: TopicRef = { name: 'ticker.X', channel: 'ticker.X', kind: 'latest' };

test('messages of every length arrive whole and in order, between those of the library', async () => {
  const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
  const got: string[] = [];
  const all = new Promise<void>((resolve) => client.on('message', (text) => got.push(String(text)) === 2 * lengths.length && resolve()));
  for (const length of lengths) {
    queue.deliver(complete, Buffer.from('ä'.repeat(length / 2) + 'x'.repeat(length % 2)));
    queue.control(`after ${length}`);
  }
  await all;
  expect(got.filter((_, i) => i % 2 === 0).map((text) => Buffer.byteLength(text))).toEqual(lengths);
  expect(got.filter((_, i) => i % 2 === 1)).toEqual(lengths.map((length) => `after ${length}`));
});

test('what one turn has for a client goes out in one write, also when it comes up in promises', async () => {
  const got: string[] = [];
  client.on('message', (text) => got.push(String(text)));
  const writes = [jest.spyOn(stream, '_write'), jest.spyOn(stream, '_writev' as '_write')];
  const count = () => writes.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  for (let n = 0; n < 10; n++) queue.control(`answer ${n}`);
  queue.deliver(complete, Buffer.from('event'));
  await Promise.all(Array.from({ length: 10 }, (_, n) => Promise.resolve().then(() => queue.control(`later ${n}`))));
  await new Promise((resolve) => setImmediate(resolve));
  expect(count()).toBe(1);
  // The next turn does not wait for anything.
  queue.control('next');
  await new Promise((resolve) => setImmediate(resolve));
  expect(count()).toBe(2);
  while (got.length < 22) await new Promise((resolve) => setTimeout(resolve, 5));
  expect([got[0], got[10], got[20], got[21]]).toEqual(['answer 0', 'event', 'later 9', 'next']);
});

test('the bytes of a message are made once', () => {
  const text = Buffer.from('{"a":1}');
  expect(wireOf(text)).toBe(wireOf(text));
});

test('what a slow client does not take is replaced by what is newer, and the newest comes in the end', async () => {
  client.pause();
  const message = (n: number): Buffer => Buffer.from(JSON.stringify({ n, padding: 'x'.repeat(60_000) }));
  for (let n = 0; n < 200; n++) {
    queue.deliver(latest, message(n));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const got: number[] = [];
  client.on('message', (text) => got.push((JSON.parse(String(text)) as { n: number }).n));
  client.resume();
  while (got.at(-1) !== 199) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(got.length).toBeLessThan(200);
  expect([...got].sort((a, b) => a - b)).toEqual(got);
});
