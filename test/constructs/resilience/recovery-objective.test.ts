import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { RecoveryObjective } from '../../../src/constructs/resilience/recovery-objective';
import { RecoveryTopology, RegionReplication } from '../../../src/constructs/resilience/recovery-topology';
import { testStack } from '../../support/apps';

const seconds = (rto: number, rpo: number) => ({ rto: Duration.seconds(rto), rpo: Duration.seconds(rpo) });
const { GATEWAY_EXCHANGE, MULTI_REGION_EXCHANGE } = RecoveryObjective;

const oneRegion: RecoveryTopology = { zones: 3, databaseReaders: 1, synchronousJournal: true, primaryRegion: 'us-east-1' };
const twoRegions: RecoveryTopology = {
  ...oneRegion, secondaryRegion: 'us-west-2', replication: RegionReplication.ASYNCHRONOUS, secondaryDatabaseInstances: 1, regionSwitchPlan: true,
};

test('knows the targets of the documents', () => {
  expect([GATEWAY_EXCHANGE.zone.rto.toSeconds(), GATEWAY_EXCHANGE.zone.rpo.toSeconds()]).toEqual([60, 0]);
  expect(GATEWAY_EXCHANGE.region).toBeUndefined();
  expect(MULTI_REGION_EXCHANGE.region).toMatchObject({ rto: Duration.minutes(15), rpo: Duration.minutes(1) });
});

test('chooses the topology that an objective needs', () => {
  expect(MULTI_REGION_EXCHANGE.requiredTopology()).toEqual({
    zones: 3,
    readerInAnotherZone: true,
    standbyMatcher: true,
    capacityWithoutZone: true,
    synchronousJournal: true,
    secondaryRegion: true,
    replication: RegionReplication.ASYNCHRONOUS,
    warmSecondary: true,
    regionSwitchPlan: true,
  });
  expect(RecoveryObjective.of({ zone: seconds(3600, 300), region: seconds(14400, 7200) }).requiredTopology()).toEqual({
    zones: 3,
    readerInAnotherZone: false,
    standbyMatcher: false,
    capacityWithoutZone: false,
    synchronousJournal: false,
    secondaryRegion: true,
    replication: RegionReplication.BACKUPS,
    warmSecondary: false,
    regionSwitchPlan: false,
  });
});

test.each([[0, 'synchronous'], [19, 'synchronous'], [20, 'asynchronous'], [3599, 'asynchronous'], [3600, 'backups']])(
  'needs for a region RPO of %d s %s replication', (rpo, replication) => {
    expect(RecoveryObjective.of({ zone: seconds(60, 0), region: seconds(900, rpo) }).requiredTopology().replication).toBe(replication);
  });

test('accepts what can keep it', () => {
  expect(GATEWAY_EXCHANGE.shortfalls(oneRegion)).toEqual([]);
  expect(MULTI_REGION_EXCHANGE.shortfalls(twoRegions)).toEqual([]);
  expect(() => MULTI_REGION_EXCHANGE.assertKeptBy(testStack(), twoRegions)).not.toThrow();
});

test('fails when an RPO needs a region that is not there', () => {
  const objective = RecoveryObjective.of({ zone: seconds(60, 0), region: seconds(900, 1) });
  expect(objective.shortfalls(oneRegion)).toEqual(['rpo 1 second needs a secondary region, `secondaryRegion` is not given']);
});

test.each<[string, Partial<RecoveryTopology>, RegExp]>([
  ['two zones', { zones: 2 }, /needs 3 zones, `zones` is 2/],
  ['no reader', { databaseReaders: 0 }, /database reader in another zone.*`databaseReaders` is 0/],
  ['no standby', { standbyMatcher: false }, /standby of the matcher/],
  ['half the capacity', { capacityWithoutZone: 0.5 }, /whole peak.*`capacityWithoutZone` is 0.5/],
  ['a journal in one zone', { synchronousJournal: false }, /kept in several zones/],
  ['the same region twice', { secondaryRegion: 'us-east-1' }, /must be another region.*both are us-east-1/],
  ['backups only', { replication: RegionReplication.BACKUPS }, /rpo 1 minute needs asynchronous replication to us-west-2, `replication` is backups/],
  ['a headless secondary', { secondaryDatabaseInstances: 0 }, /rto 15 minutes needs a database instance that runs in us-west-2/],
  ['no plan', { regionSwitchPlan: undefined }, /rto 15 minutes needs a prepared plan/],
])('fails with %s', (_, change, message) => {
  const shortfalls = MULTI_REGION_EXCHANGE.shortfalls({ ...twoRegions, ...change });
  expect(shortfalls).toHaveLength(1);
  expect(shortfalls[0]).toMatch(message);
});

test('fails when backups are too far apart', () => {
  const objective = RecoveryObjective.of({ zone: seconds(3600, 0), region: seconds(86400, 7200) });
  const copies = { ...oneRegion, secondaryRegion: 'us-west-2', replication: RegionReplication.BACKUPS };
  expect(objective.shortfalls(copies)).toEqual(['rpo 2 hours needs backups at least as often, `backupInterval` is 1 day']);
  expect(objective.shortfalls({ ...copies, backupInterval: Duration.hours(2) })).toEqual([]);
});

test('fails with everything that is missing at once and names what lacks it', () => {
  const stack = testStack();
  expect(() => MULTI_REGION_EXCHANGE.assertKeptBy(stack, { zones: 1, databaseReaders: 0, synchronousJournal: false, primaryRegion: 'us-east-1' }))
    .toThrow(/^Test cannot keep its recovery objective: .*3 zones.*reader.*several zones.*rpo 1 minute needs a secondary region/);
});

test('takes numbers that only the deployment knows as they are', () => {
  const zones = Lazy.number({ produce: () => 1 });
  expect(GATEWAY_EXCHANGE.shortfalls({ ...oneRegion, zones, databaseReaders: zones, capacityWithoutZone: zones })).toEqual([]);
  expect(GATEWAY_EXCHANGE.shortfalls({ ...oneRegion, primaryRegion: Stack.of(testStack()).region })).toEqual([]);
});

test('gives alarms thresholds that warn before the objective is broken', () => {
  const { standbyLag, detection, regionLag } = MULTI_REGION_EXCHANGE.thresholds();
  expect([standbyLag.toSeconds(), detection.toSeconds(), regionLag?.toSeconds()]).toEqual([30, 20, 30]);
  expect(GATEWAY_EXCHANGE.thresholds().regionLag).toBeUndefined();
  fc.assert(fc.property(fc.integer({ min: 3, max: 10_000 }), fc.integer({ min: 2, max: 10_000 }), (rto, rpo) => {
    const thresholds = RecoveryObjective.of({ zone: seconds(rto, 0), region: seconds(rto, rpo) }).thresholds();
    expect(thresholds.standbyLag.toSeconds()).toBeLessThan(rto);
    expect(thresholds.regionLag?.toSeconds()).toBeLessThan(rpo);
  }));
});

test('fails for a region that recovers sooner than a zone, and for no time at all', () => {
  expect(() => RecoveryObjective.of({ zone: seconds(60, 10), region: seconds(30, 5) }))
    .toThrow(/`region.rto` must not be shorter than `zone.rto` \(1 minute\), got: 30 seconds.*`region.rpo`.*\(10 seconds\), got: 5 seconds/);
  expect(() => RecoveryObjective.of({ zone: seconds(0, 0) })).toThrow(/`zone.rto` must be at least a second/);
  expect(() => RecoveryObjective.of({ zone: { rto: Duration.seconds(Lazy.number({ produce: () => 1 })), rpo: Duration.seconds(0) } })).toThrow(/must be known/);
});
