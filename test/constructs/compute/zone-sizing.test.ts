import { Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { ZoneSizing } from '../../../src/constructs/compute/zone-sizing';

const peaks = fc.integer({ min: 1, max: 100_000 });
const zones = fc.integer({ min: 2, max: 6 });

test('the zones that are left carry the peak when any one is lost', () => {
  fc.assert(fc.property(peaks, zones, (peak, count) => {
    expect(ZoneSizing.forTasks(peak).tasksPerZone(count) * (count - 1)).toBeGreaterThanOrEqual(peak);
  }));
});

test('no zone has a task more than that takes', () => {
  fc.assert(fc.property(peaks, zones, (peak, count) => {
    expect((ZoneSizing.forTasks(peak).tasksPerZone(count) - 1) * (count - 1)).toBeLessThan(peak);
  }));
});

test.each([[10, 3, 5, 15], [10, 2, 10, 20], [1, 3, 1, 3], [7, 3, 4, 12]])('%i tasks at the peak over %i zones: %i in each, %i in all', (peak, count, each, all) => {
  expect([ZoneSizing.forTasks(peak).tasksPerZone(count), ZoneSizing.forTasks(peak).minimumTasks(count)]).toEqual([each, all]);
});

test('follows from measured rates and connections, rounded up', () => {
  expect(ZoneSizing.forRequests({ requestsPerSecond: 500, requestsPerSecondPerTask: 150 }).peakTasks).toBe(4);
  expect(ZoneSizing.forConnections({ connections: 50_000, connectionsPerTask: 20_000 }).peakTasks).toBe(3);
});

test.each([
  [() => ZoneSizing.forTasks(0), /ZoneSizing.forTasks: `peakTasks` must be above 0, got: 0/],
  [() => ZoneSizing.forTasks(1.5), /`peakTasks` must be a whole number, got: 1.5/],
  [() => ZoneSizing.forTasks(Lazy.number({ produce: () => 3 })), /`peakTasks` must be a plain value, got an unresolved token/],
  [() => ZoneSizing.forRequests({ requestsPerSecond: -1, requestsPerSecondPerTask: 0 }), /`requestsPerSecond` must be above 0, got: -1; `requestsPerSecondPerTask` must be above 0, got: 0/],
  [() => ZoneSizing.forTasks(3).tasksPerZone(1), /needs two zones, better three.*got: 1/],
])('fails for what cannot be sized %#', (make, message) => {
  expect(make).toThrow(message);
});
