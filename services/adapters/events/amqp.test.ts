import { type AddressInfo, createServer, type Server } from 'node:net';
import { create_container as createContainer, type EventContext, type Message } from 'rhea';
import { AmqpEventBus } from './amqp-event-bus';
import { decodeEventRun, type Event, type EventRun } from '../../domain';
import { createLogger } from '../../runtime';

const logger = createLogger({ service: 'test', environment: 'test', level: 'fatal' as never });

/** A peer that speaks AMQP 1.0 and does with each message what the test says; a whole broker is what `npm run check:broker` is for. */
interface Peer {
  readonly url: string;
  readonly received: Message[];
  outcome: 'accept' | 'reject' | 'silence';
  stop(): Promise<void>;
}

async function peer(port = 0): Promise<Peer> {
  const container = createContainer();
  container.sasl_server_mechanisms.enable_plain((user: string, password: string) => user === 'services' && password === 'secret');
  const received: Message[] = [];
  const state: { outcome: Peer['outcome'] } = { outcome: 'accept' };
  container.options.autoaccept = false;
  container.on('message', ({ message, delivery }: EventContext) => {
    received.push(message as Message);
    if (state.outcome === 'accept') delivery?.accept();
    if (state.outcome === 'reject') delivery?.reject({ condition: 'amqp:resource-limit-exceeded', description: 'the disk is full' });
  });
  const server: Server & { connections?: unknown } = container.listen({ port, host: '127.0.0.1' });
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `amqp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    get outcome() { return state.outcome; },
    set outcome(outcome) { state.outcome = outcome; },
    stop: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    }),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function run(first: number, last: number, textLength = 5): EventRun {
  const events = Array.from({ length: last - first + 1 }, (_, i): Event => ({
    type: 'deposited', partition: 2, seq: first + i, time: 1, asset: 'x'.repeat(textLength), amount: 1,
    depositId: '00000000-0000-4000-8000-000000000000', accountId: '00000000-0000-4000-8000-000000000001',
  }));
  return { partition: 2, epoch: 3, events };
}

let broker: Peer;
let bus: AmqpEventBus | undefined;
const busTo = (endpoints: string[], requestTimeoutMs = 2_000): AmqpEventBus => {
  bus = new AmqpEventBus({ endpoints, username: 'services', password: 'secret', queue: 'settlement-events', name: 'test', logger, requestTimeoutMs });
  return bus;
};

beforeEach(async () => { broker = await peer(); });
afterEach(async () => {
  await bus?.close();
  await broker.stop();
});

test('a run is a durable message with what a selector chooses by', async () => {
  const sent = run(5, 9);
  expect(await busTo([broker.url]).publish(sent)).toBe(5);
  const [message] = broker.received;
  expect(message).toMatchObject({
    durable: true, message_id: '2-3-5-9', group_id: '2', application_properties: { partition: 2, epoch: 3, firstSeq: 5, lastSeq: 9, type: 'run' },
  });
  expect(decodeEventRun((message.body as { content: Buffer }).content ?? message.body)).toEqual(sent);
});

test('a message of one event says of which type it is', async () => {
  await busTo([broker.url]).publish(run(1, 1));
  expect(broker.received[0].application_properties).toMatchObject({ type: 'deposited' });
});

test('what does not fit one message is left for the next, nothing is lost or out of order', async () => {
  const all = run(1, 1_000, 3_000);
  const to = busTo([broker.url]);
  for (let at = 0; at < all.events.length;) at += await to.publish({ ...all, events: all.events.slice(at) });
  const seqs = broker.received.flatMap(({ body }) => decodeEventRun((body as { content: Buffer }).content ?? body).events.map(({ seq }) => seq));
  expect(broker.received.length).toBeGreaterThan(10);
  expect(seqs).toEqual(all.events.map(({ seq }) => seq));
});

test('fails when the broker refuses a message, with its reason', async () => {
  broker.outcome = 'reject';
  await expect(busTo([broker.url]).publish(run(1, 1))).rejects.toThrow(/the broker rejected a message/);
});

test('fails when the broker stays silent: nothing counts as sent before it is accepted', async () => {
  broker.outcome = 'silence';
  await expect(busTo([broker.url], 300).publish(run(1, 1))).rejects.toThrow(/did not accept a message within 300 ms/);
  broker.outcome = 'accept';
  expect(await bus!.publish(run(1, 1))).toBe(1);
  expect(broker.received).toHaveLength(2);
});

test('finds the instance that is active, and the other one when they change', async () => {
  const nobody = `amqp://127.0.0.1:${await freePort()}`;
  const second = Number(new URL(nobody).port);
  const to = busTo([nobody, broker.url], 5_000);
  expect(await to.publish(run(1, 2))).toBe(2);
  await broker.stop();
  broker = await peer(second);
  for (let tries = 0; ; tries++) {
    const sent = await to.publish(run(3, 4)).catch((error: Error) => error);
    if (sent === 2) break;
    if (tries === 20) throw sent as Error;
  }
  expect(broker.received.at(-1)).toMatchObject({ message_id: '2-3-3-4' });
}, 20_000);

test('fails while nobody answers', async () => {
  await expect(busTo([`amqp://127.0.0.1:${await freePort()}`], 300).publish(run(1, 1))).rejects.toThrow(/takes no messages/);
});
