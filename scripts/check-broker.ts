/**
 * Tries the AMQP and MQTT adapters on a real broker: `npm run check:broker`. Opt-in: it needs a broker that speaks both, named by BROKER_AMQP and
 * BROKER_MQTT (RabbitMQ with rabbitmq_amqp1_0 and rabbitmq_mqtt, or ActiveMQ), with BROKER_USERNAME and BROKER_PASSWORD. Queues are made beforehand
 * where the broker does not make them at first use; BROKER_SELECTORS=yes says that it knows selectors, as ActiveMQ does.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Message } from 'rhea';
import { AmqpConsumer } from '../services/adapters/events/amqp-consumer';
import { AmqpEventBus } from '../services/adapters/events/amqp-event-bus';
import { AmqpSender, closeAmqp, connectAmqp } from '../services/adapters/events/amqp-link';
import { connectMqtt, MqttTicks, tickTopic } from '../services/adapters/market-data/mqtt-ticks';
import { decodeEventRun, type Event, type EventRun } from '../services/domain';
import { createLogger } from '../services/runtime';

const { BROKER_AMQP: amqp, BROKER_MQTT: mqtt, BROKER_USERNAME: username = 'services', BROKER_PASSWORD: password = '', BROKER_QUEUE: queue = 'settlement-events' } = process.env;
const WAIT_MS = 10_000;

const logger = createLogger({ service: 'check-broker', environment: 'check', level: 'error' });
let failures = 0;

async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAILED  ${name}: ${(error as Error).message}`);
  }
}

function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  return Promise.race([promise, new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${WAIT_MS / 1_000} s`)), WAIT_MS);
  })]).finally(() => clearTimeout(timer));
}

const contentOf = (message: Message): Buffer => (message.body as { content?: Buffer }).content ?? message.body as Buffer;

function run(partition: number, first: number, last: number): EventRun {
  const events = Array.from({ length: last - first + 1 }, (_, i): Event => ({
    type: 'deposited', partition, seq: first + i, time: 1, asset: 'USDT', amount: 1, depositId: randomUUID(), accountId: randomUUID(),
  }));
  return { partition, epoch: 1, events };
}

/** Takes messages until `enough` of them are there. */
async function take(enough: number, handle: (message: Message, delivery: number) => void = () => undefined, selector?: string): Promise<Message[]> {
  const taken: Message[] = [];
  let seen = 0;
  let done: () => void = () => undefined;
  const all = new Promise<void>((resolve) => { done = resolve; });
  const consumer = new AmqpConsumer({
    endpoints: [amqp!], username, password, name: 'check-consumer', logger, queue, selector,
    handle: async (message) => {
      handle(message, ++seen);
      taken.push(message);
      if (taken.length >= enough) done();
    },
  });
  await within(`delivery of ${enough} messages`, all).finally(() => consumer.close());
  return taken;
}

async function main(): Promise<void> {
  if (!amqp || !mqtt) {
    console.log('SKIPPED: no broker. Nothing about AMQP and MQTT was checked. Set BROKER_AMQP and BROKER_MQTT, for example amqp://127.0.0.1:5672 and mqtt://127.0.0.1:1883.');
    return;
  }
  const options = { endpoints: [amqp], username, password, name: 'check-broker', logger };
  const bus = new AmqpEventBus({ ...options, queue });
  const partition = Math.floor(Math.random() * 60_000);
  const runs = [run(partition, 1, 5), run(partition, 6, 6), run(partition, 7, 300)];
  await step('the broker accepts durable runs of events', async () => { for (const one of runs) await bus.publish(one); });
  await step('they arrive whole and in order, with their properties', async () => {
    const messages = await take(runs.length);
    for (const [i, message] of messages.entries()) {
      if (!isDeepStrictEqual(decodeEventRun(contentOf(message)), runs[i])) throw new Error(`message ${i} is not what was sent`);
      if (message.durable !== true) throw new Error(`message ${i} is not durable`);
      if (message.application_properties?.partition !== partition) throw new Error(`message ${i} has lost its properties`);
    }
  });
  await step('a message that could not be handled comes again', async () => {
    await bus.publish(run(partition, 301, 301));
    let attempts = 0;
    await take(1, () => { if (++attempts === 1) throw new Error('not now'); });
    if (attempts !== 2) throw new Error(`it was tried ${attempts} times`);
  });
  if (process.env.BROKER_SELECTORS === 'yes') {
    await step('a selector chooses by the properties', async () => {
      const connection = connectAmqp(options);
      const sender = new AmqpSender(connection, queue);
      for (const lots of [1, 200_000]) await sender.send({ message_id: randomUUID(), application_properties: { type: 'fill', lots }, body: 'x' });
      const [large] = await take(1, undefined, 'type = \'fill\' AND lots >= 100000');
      if (large.application_properties?.lots !== 200_000) throw new Error('another message came');
      await take(1);
      await closeAmqp(connection);
    });
  } else {
    console.log('SKIPPED a selector chooses by the properties: the broker does not say that it knows selectors (BROKER_SELECTORS=yes)');
  }
  await bus.close();
  await step('ticks over MQTT: live ones, and the newest for whoever comes later', async () => {
    const symbol = `CHECK${Date.now()}`;
    const publisher = connectMqtt({ endpoints: [mqtt], username, password, logger });
    const ticks = new MqttTicks(publisher);
    const tick = (price: string) => ({ symbol, lastPrice: price, exchangeTime: 1, receivedTime: 1, source: 'check' });
    const price = async (): Promise<string> => {
      const reader = connectMqtt({ endpoints: [mqtt], username, password, logger });
      const heard = new Promise<string>((resolve) => { reader.on('message', (_, payload) => resolve((JSON.parse(payload.toString()) as { lastPrice: string }).lastPrice)); });
      await reader.subscribeAsync(tickTopic(symbol), { qos: 1 });
      return within('a tick', heard).finally(() => reader.endAsync());
    };
    const live = price();
    await new Promise((resolve) => setTimeout(resolve, 500));
    ticks.publish(tick('1'));
    if (await live !== '1') throw new Error('another tick came');
    ticks.publish(tick('2'));
    ticks.publish(tick('3'));
    while (ticks.state().sent < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const late = await price();
    if (late !== '3') throw new Error(`the retained tick is ${late}`);
    await publisher.endAsync();
  });
}

main().then(() => process.exit(failures === 0 ? 0 : 1), (error: unknown) => {
  console.error(error);
  process.exit(1);
});
