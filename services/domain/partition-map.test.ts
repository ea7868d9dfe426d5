import fc from 'fast-check';
import { isUuid, newOrderId } from './ids';
import { PartitionMap } from './partition-map';

const map = PartitionMap.of({ defaultPartition: 0, instruments: { BTCUSDT: 0, ETHUSDT: 1, SOLUSDT: 7 } });

test('instruments go where the map says, all others and deposits to the default', () => {
  expect(['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'].map((symbol) => map.partitionOf(symbol))).toEqual([0, 1, 7, 0]);
  expect([map.partitions, map.several, map.has(7), map.has(2)]).toEqual([[0, 1, 7], true, true, false]);
});

test('without a map everything is on partition 0', () => {
  for (const single of [PartitionMap.of(undefined), PartitionMap.of({}), PartitionMap.of({ instruments: { BTCUSDT: 0 } })]) {
    expect([single.partitions, single.several, single.partitionOf('BTCUSDT'), single.partitionOfId(newOrderId())]).toEqual([[0], false, 0, 0]);
  }
});

test('what an object already has by birth is no instrument', () => {
  expect(map.partitionOf('constructor')).toBe(0);
  expect(map.partitionOf('__proto__')).toBe(0);
});

test('an id tells the partition that its maker meant, and stays a version 7 that sorts', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 0xffff }), (partition) => {
    const [first, second] = [newOrderId(undefined, partition), newOrderId(undefined, partition)];
    const only = PartitionMap.of({ defaultPartition: partition === 0 ? 1 : 0, instruments: { BTCUSDT: partition } });
    expect([only.partitionOfId(first), isUuid(first), first[14], first < second]).toEqual([partition, true, '7', true]);
  }));
});

test('an id of another time is looked for at the default', () => {
  expect(map.partitionOfId('0195f0a0-0000-7000-8000-00000000abcd')).toBe(0);
  expect(map.partitionOfId('0195f0a0-0000-7000-8000-000000000007')).toBe(7);
  expect(map.partitionOfId('nonsense')).toBe(0);
});

test('everything that is wrong is said at once', () => {
  expect(() => PartitionMap.of({ defaultPartition: -1, instruments: { btc: 0, ETHUSDT: '1', SOLUSDT: 65_536 }, other: 1 })).toThrow(
    /has other; .*defaultPartition must be .* got -1; instruments\.btc is no symbol.*instruments\.ETHUSDT .* got "1"; instruments\.SOLUSDT .* got 65536/);
  for (const wrong of [null, [], 'x', 1]) expect(() => PartitionMap.of(wrong)).toThrow(/is not an object such as/);
  expect(() => PartitionMap.of({ instruments: [] })).toThrow(/instruments must be an object/);
});
