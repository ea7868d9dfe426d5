/** Clients that read a stream and do as little as they can with it. */
import type { Socket } from 'node:net';
import WebSocket from 'ws';
import { type ReadersAnswer, type ReadersCommand, type ReadersJob, wallClock } from './lib/fan-out-job';
import { FrameReader, numberAfter } from './lib/frames';
import { Latencies } from './lib/latencies';

/** Connections that are being opened at once. */
const AT_ONCE = 50;

const say = (answer: ReadersAnswer): void => { process.send?.(answer); };
let lag = new Latencies();
let deliveries = 0;
/** Clients that have a message, by its number. */
const seen = new Map<number, number>();

function die(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}

function count(bytes: Buffer, frame: Parameters<typeof numberAfter>[2], clients: number): void {
  const at = numberAfter(bytes, '"at":', frame);
  // Somebody else's message.
  if (Number.isNaN(at)) return;
  const message = numberAfter(bytes, '"message":', frame);
  deliveries += 1;
  lag.record(wallClock() - at);
  const had = (seen.get(message) ?? 0) + 1;
  if (had < clients) {seen.set(message, had);} else {
    seen.delete(message);
    say({ type: 'all', message });
  }
}

function connect({ url, clients, subscription }: ReadersJob): Promise<void> {
  const socket = new WebSocket(url, { handshakeTimeout: 20_000, perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    const ready = (): void => {
      const raw = (socket as unknown as { readonly _socket: Socket })._socket;
      const reader = new FrameReader((bytes, frame) => {
        if (frame.opcode === 9) socket.pong();
        else if (frame.opcode === 8) die(`a client was closed with ${bytes.readUInt16BE(frame.from)}`);
        else count(bytes, frame, clients);
      });
      raw.removeAllListeners('data');
      raw.on('data', (chunk: Buffer) => reader.push(chunk));
      resolve();
    };
    socket.once('error', reject);
    socket.once('close', (code) => die(`a client was closed with ${code}`));
    socket.once('open', () => {
      if (subscription) socket.send(JSON.stringify({ op: 'auth', token: subscription.token }));
      else ready();
    });
    socket.on('message', (text) => {
      const { op, error } = JSON.parse(String(text)) as { op?: string; error?: { code: string } };
      if (error) reject(new Error(error.code));
      if (op === 'authenticated') socket.send(JSON.stringify({ op: 'subscribe', channels: subscription?.channels }));
      // In the next turn: what came in the same one is taken by then.
      if (op === 'subscribed') setImmediate(ready);
    });
  });
}

async function main(job: ReadersJob): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (next < job.clients) {
      next += 1;
      await connect(job);
    }
  }));
  process.on('message', ({ type }: ReadersCommand) => {
    if (type === 'report') say({ type: 'report', lag: lag.percentiles(), deliveries });
    lag = new Latencies();
    deliveries = 0;
    if (type === 'reset') seen.clear();
  });
  say({ type: 'ready' });
}

process.once('disconnect', () => process.exit(0));
process.once('message', (job) => {
  main(job as ReadersJob).catch((error: unknown) => die(error instanceof Error ? error.stack ?? error.message : String(error)));
});
