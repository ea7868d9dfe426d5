import { forEachOf, s } from './read-model-table';
import { startTestStores, type TestStores } from './testing/stores';

let stores: TestStores;
beforeAll(async () => { stores = await startTestStores(); });
afterAll(() => stores?.stop());

const key = (id: string) => ({ userId: s(id), asset: s('BTC') });
const find = async (id: string) => (await stores.items('wallets')).find(({ userId }) => userId.S === id);

test('an item gives way to what is as new or newer, and to nothing older', async () => {
  const table = stores.table('wallets');
  for (const [seq, word] of [[5, 'five'], [4, 'four'], [5, 'five again'], [3, 'three']] as const) await table.put({ ...key('a'), word: s(word) }, seq);
  expect(await find('a')).toEqual({ ...key('a'), word: s('five again'), seq: { N: '5' } });
  await table.remove(key('a'), 4);
  expect(await find('a')).toBeDefined();
  await table.remove(key('a'), 5);
  expect(await find('a')).toBeUndefined();
  // Gone is gone: to remove it again is no error.
  await table.remove(key('a'), 6);
});

test('parts of an item have sequences of their own', async () => {
  const table = stores.table('wallets');
  await table.putPart(key('b'), 'p0', { free: s('1') }, 9);
  await table.putPart(key('b'), 'p1', { free: s('2') }, 3);
  await table.putPart(key('b'), 'p0', { free: s('old') }, 8);
  await table.putPart(key('b'), 'p1', { free: s('3') }, 4);
  expect(await find('b')).toEqual({ ...key('b'), p0: { M: { free: s('1'), seq: { N: '9' } } }, p1: { M: { free: s('3'), seq: { N: '4' } } } });
});

test('work is done for each, some at a time, and the first error ends it', async () => {
  let [now, most] = [0, 0];
  const done: number[] = [];
  const work = async (one: number): Promise<void> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 1));
    now -= 1;
    if (one === 150) throw new Error('as asked');
    done.push(one);
  };
  await forEachOf([...Array(100).keys()], work);
  expect([done.length, most]).toEqual([100, 32]);
  await expect(forEachOf([...Array(1_000).keys()].map((i) => i + 100), work)).rejects.toThrow('as asked');
  expect(done.length).toBeLessThan(300);
  expect(now).toBe(0);
});
