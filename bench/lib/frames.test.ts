import { type AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { FrameReader, numberAfter } from './frames';

/** What a real server puts on the wire for these messages. */
async function wire(messages: readonly string[]): Promise<Buffer> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await new Promise((resolve) => server.once('listening', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
  const chunks: Buffer[] = [];
  const [socket] = await Promise.all([
    new Promise<WebSocket>((resolve) => server.once('connection', resolve)), new Promise((resolve) => client.once('open', resolve)),
  ]);
  const raw = (client as unknown as { _socket: NodeJS.Socket })._socket;
  raw.removeAllListeners('data');
  raw.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const message of messages) socket.send(message);
  await new Promise((resolve) => setTimeout(resolve, 100));
  client.terminate();
  await new Promise((resolve) => server.close(resolve));
  return Buffer.concat(chunks);
}

test('frames of every length are found, however the bytes are cut', async () => {
  const messages = ['', 'a', 'b'.repeat(125), 'c'.repeat(126), 'd'.repeat(65_535), 'e'.repeat(65_536), 'f'];
  const bytes = await wire(messages);
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 }), (sizes) => {
    const found: string[] = [];
    const reader = new FrameReader((all, { from, to }) => found.push(all.toString('utf8', from, to)));
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const size = sizes[i % sizes.length];
      reader.push(bytes.subarray(at, at + size));
      at += size;
    }
    expect(found).toEqual(messages);
  }), { numRuns: 30 });
});

test('a number is read where it stands, and in its own frame only', () => {
  const bytes = Buffer.from('{"at":12.5,"b":1}{"c":2}');
  expect(numberAfter(bytes, '"at":', { opcode: 1, from: 0, to: 17 })).toBe(12.5);
  expect(numberAfter(bytes, '"c":', { opcode: 1, from: 0, to: 17 })).toBeNaN();
});
