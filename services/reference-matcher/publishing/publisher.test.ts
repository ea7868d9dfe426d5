import { setTimeout as sleep } from 'node:timers/promises';
import { Outbox } from './outbox';
import { Publisher } from './publisher';
import type { EventBus } from '../../adapters/events/event-bus';
import type { Event, EventRun } from '../../domain';
import { createLogger } from '../../runtime';

const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
const events = (first: number, last: number): Event[] => Array.from({ length: last - first + 1 }, (_, i) => ({
  type: 'cancel_rejected', partition: 0, seq: first + i, time: 1, orderId: 'o', accountId: 'a', reason: 'unknown_order',
}));

/** A queue whose answers the test decides: no real one can be made to answer just after a term ended. */
class ManualBus implements EventBus {
  readonly calls: { readonly run: EventRun; readonly answer: (count: number) => void; readonly fail: (error: Error) => void }[] = [];

  publish(run: EventRun): Promise<number> {
    return new Promise((answer, fail) => this.calls.push({ run, answer, fail }));
  }

  async close(): Promise<void> {
    return undefined;
  }

  async call(n: number): Promise<ManualBus['calls'][number]> {
    for (let i = 0; this.calls.length <= n; i++) {
      if (i > 300) throw new Error(`call ${n} did not come`);
      await sleep(5);
    }
    return this.calls[n];
  }
}

function setUp(spacingMs = 0): { bus: ManualBus; outbox: Outbox; publisher: Publisher; term: { leads: boolean } } {
  const term = { leads: true };
  const bus = new ManualBus();
  const outbox = new Outbox(10_000);
  const publisher = new Publisher({ partition: 0, outbox, bus, logger, leads: () => term.leads, spacingMs });
  return { bus, outbox, publisher, term };
}
const seqsOf = (run: EventRun): number[] => run.events.map(({ seq }) => seq);

test('one message at a time; the next begins where the last one ended', async () => {
  const { bus, outbox, publisher } = setUp();
  outbox.push(events(1, 5));
  publisher.lead(4);
  const first = await bus.call(0);
  expect(first.run).toMatchObject({ partition: 0, epoch: 4 });
  await sleep(20);
  expect(bus.calls).toHaveLength(1);
  first.answer(3);
  expect(seqsOf((await bus.call(1)).run)).toEqual([4, 5]);
  expect(outbox.publishedSeq).toBe(3);
  publisher.stop();
});

test('a failed message is sent again, and until then nothing counts as published', async () => {
  const { bus, outbox, publisher } = setUp();
  outbox.push(events(1, 2));
  publisher.lead(1);
  (await bus.call(0)).fail(new Error('throttled'));
  const second = await bus.call(1);
  expect([seqsOf(second.run), outbox.publishedSeq, publisher.problem]).toEqual([[1, 2], 0, 'Error: throttled']);
  second.answer(2);
  await publisher.flush(1_000);
  await sleep(0);
  expect([outbox.publishedSeq, publisher.problem]).toEqual([2, undefined]);
  publisher.stop();
});

test.each<[string, (s: ReturnType<typeof setUp>) => void]>([
  ['by the clock', ({ term }) => { term.leads = false; }],
  ['by the lease', ({ publisher }) => publisher.stop()],
])('an answer that comes after the term ended %s does not count, and nothing more is sent', async (_what, end) => {
  const s = setUp();
  s.outbox.push(events(1, 2));
  s.publisher.lead(1);
  const call = await s.bus.call(0);
  end(s);
  call.answer(2);
  await sleep(150);
  expect([s.outbox.publishedSeq, s.bus.calls.length]).toEqual([0, 1]);
  s.publisher.stop();
});

test('a new term sends again what the old one had under way', async () => {
  const { bus, outbox, publisher } = setUp();
  outbox.push(events(1, 2));
  publisher.lead(1);
  await bus.call(0);
  publisher.stop();
  publisher.lead(3);
  expect((await bus.call(1)).run).toMatchObject({ epoch: 3, events: [{ seq: 1 }, { seq: 2 }] });
  publisher.stop();
});

test('events that come close together travel together', async () => {
  const { bus, outbox, publisher } = setUp(100);
  publisher.lead(1);
  outbox.push(events(1, 1));
  (await bus.call(0)).answer(1);
  for (let seq = 2; seq < 8; seq++) {
    outbox.push(events(seq, seq));
    await sleep(5);
  }
  expect(seqsOf((await bus.call(1)).run)).toEqual([2, 3, 4, 5, 6, 7]);
  publisher.stop();
});

test('flush gives up when the queue does not answer in time', async () => {
  const { bus, outbox, publisher } = setUp();
  outbox.push(events(1, 1));
  publisher.lead(1);
  await bus.call(0);
  const began = performance.now();
  await publisher.flush(60);
  expect(performance.now() - began).toBeLessThan(1_000);
  publisher.stop();
});
