import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { STAGE_CHANNEL, stageBegins, stageEnds, stageOf, stageSince, type StageTiming } from './stages';

const heard: StageTiming[] = [];
const listener = (message: unknown): void => { heard.push(message as StageTiming); };

beforeEach(() => { heard.length = 0; });
afterEach(() => unsubscribe(STAGE_CHANNEL, listener));

test('nothing is timed while nobody listens', async () => {
  expect(stageBegins()).toBe(0);
  stageEnds('jwt', stageBegins());
  stageSince('delivery', Date.now() - 5);
  const work = Promise.resolve(1);
  expect(stageOf('enqueue', () => work)).toBe(work);
  subscribe(STAGE_CHANNEL, listener);
  // What began before anybody listened is of no use to them.
  stageEnds('jwt', 0);
  await work;
  expect(heard).toEqual([]);
});

test('a listener hears each stage with its milliseconds', async () => {
  subscribe(STAGE_CHANNEL, listener);
  const began = stageBegins();
  await new Promise((resolve) => setTimeout(resolve, 20));
  stageEnds('jwt', began);
  stageSince('delivery', Date.now() - 40);
  // Clocks of two machines may disagree; nothing takes less than no time.
  stageSince('delivery', Date.now() + 60_000);
  const failing = stageOf('enqueue', () => Promise.reject(new Error('the journal is away')));
  await expect(failing).rejects.toThrow('the journal is away');
  expect(await stageOf('claim', () => new Promise((resolve) => setTimeout(() => resolve('ours'), 20)))).toBe('ours');
  expect(heard.map(({ stage }) => stage)).toEqual(['jwt', 'delivery', 'delivery', 'enqueue', 'claim']);
  const [jwt, late, none, , claim] = heard.map(({ ms }) => ms);
  expect(jwt).toBeGreaterThanOrEqual(15);
  expect(jwt).toBeLessThan(2_000);
  expect([late >= 40, none]).toEqual([true, 0]);
  expect(claim).toBeGreaterThanOrEqual(15);
});
