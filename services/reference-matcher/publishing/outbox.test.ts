import { setTimeout as sleep } from 'node:timers/promises';
import { Outbox } from './outbox';
import type { Event } from '../../domain';

const events = (first: number, last: number): Event[] => Array.from({ length: last - first + 1 }, (_, i) => ({
  type: 'cancel_rejected', partition: 0, seq: first + i, time: 1, orderId: 'o', accountId: 'a', reason: 'unknown_order',
}));
const seqs = (outbox: Outbox, count?: number): number[] => outbox.peek(count).map(({ seq }) => seq);
const never = new AbortController().signal;

test('keeps what is not published, in order, and gives the oldest first', () => {
  const outbox = new Outbox(100);
  outbox.push(events(1, 4));
  outbox.push(events(5, 6));
  outbox.markPublished(2);
  expect([seqs(outbox), seqs(outbox, 2), outbox.size, outbox.publishedSeq]).toEqual([[3, 4, 5, 6], [3, 4], 4, 2]);
});

test('what was published before it came by is not kept, and the mark never goes back', () => {
  const outbox = new Outbox(100);
  outbox.markPublished(3);
  outbox.push(events(1, 5));
  outbox.markPublished(1);
  expect([seqs(outbox), outbox.publishedSeq]).toEqual([[4, 5], 3]);
});

test('begins behind a snapshot, whose events are published', () => {
  const outbox = new Outbox(100);
  outbox.startAfter(7);
  expect(outbox.publishedSeq).toBe(7);
  outbox.push(events(8, 9));
  expect(seqs(outbox)).toEqual([8, 9]);
});

test('a hole in the sequence is never passed on', () => {
  const outbox = new Outbox(100);
  outbox.push(events(1, 2));
  expect(() => outbox.push(events(4, 4))).toThrow('event 4 follows event 2');
  expect(() => outbox.push(events(2, 2))).toThrow('event 2 follows event 2');
});

test('survives a long life', () => {
  const outbox = new Outbox(100);
  for (let seq = 1; seq < 30_000; seq += 10) {
    outbox.push(events(seq, seq + 9));
    outbox.markPublished(seq + 4);
    expect(outbox.peek()[0].seq).toBe(seq + 5);
  }
});

test('who fills it can wait until there is room, and stop waiting', async () => {
  const outbox = new Outbox(3);
  outbox.push(events(1, 3));
  expect(outbox.full).toBe(true);
  let free = false;
  const waiting = outbox.until(() => !outbox.full, never).then(() => { free = true; });
  await sleep(5);
  expect(free).toBe(false);
  outbox.markPublished(1);
  await waiting;
  const stop = new AbortController();
  const given = outbox.until(() => false, stop.signal);
  stop.abort();
  await given;
});
