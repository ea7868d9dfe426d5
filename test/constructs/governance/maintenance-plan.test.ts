import { App, CfnResource, Duration } from 'aws-cdk-lib';
import { CfnBroker } from 'aws-cdk-lib/aws-amazonmq';
import { CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import { CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { LedgerCluster, MaintenanceDay, MaintenanceWindow, MessageBroker, TradingCache } from '../../../src';
import { MaintenancePlan, MaintenancePlanProps } from '../../../src/constructs/governance/maintenance-plan';
import { testApp } from '../../support/apps';
import { LayerStack } from '../../support/every-construct/common';
import { resourcesOf } from '../../support/templates';

const window = MaintenanceWindow.weekly({ day: MaintenanceDay.SUNDAY, start: '03:00' });

function desk(app: App = testApp(), props: Partial<MaintenancePlanProps> = {}) {
  const stack = new LayerStack(app, 'Desk');
  const plan = new MaintenancePlan(stack, 'Maintenance', { window, ...props });
  return { stack, plan };
}

function windowsIn({ stack }: ReturnType<typeof desk>): string[] {
  return Object.values(resourcesOf(stack)).flatMap(({ Properties }) => {
    const start = Properties?.MaintenanceWindowStartTime as { DayOfWeek: string; TimeOfDay: string } | undefined;
    const text = Properties?.PreferredMaintenanceWindow ?? (start && `${start.DayOfWeek.slice(0, 3).toLowerCase()}:${start.TimeOfDay} for two hours`);
    return text === undefined ? [] : [text as string];
  });
}

test('gives every database, cache and broker a window of its own, one after the other', () => {
  const given = desk();
  const { stack, stack: { vpc, encryptionKey } } = given;
  new LedgerCluster(stack, 'Ledger', { vpc });
  new MessageBroker(stack, 'Broker', { vpc, queues: [{ name: 'orders' }], credentialsKey: encryptionKey });
  new TradingCache(stack, 'Cache', { vpc });
  expect(windowsIn(given)).toEqual([
    'sun:03:00-sun:04:00', 'sun:05:00-sun:06:00', 'sun:07:00-sun:08:00', // the cluster, its writer, its reader
    'sun:09:00 for two hours',
    'sun:12:00-sun:13:00',
  ]);
  expect(Object.keys(given.plan.windows)).toEqual([
    'Desk/Ledger/Resource/Resource', 'Desk/Ledger/Resource/Writer/Resource', 'Desk/Ledger/Resource/Reader/Resource', 'Desk/Broker/Resource', 'Desk/Cache/Resource',
  ]);
});

test('what is added later changes nothing before it', () => {
  const before = desk();
  const after = desk();
  for (const { stack } of [before, after]) new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc });
  new TradingCache(after.stack, 'Cache', { vpc: after.stack.vpc });
  expect(windowsIn(after).slice(0, 3)).toEqual(windowsIn(before));
});

test('plans once, however often the app is synthesised', () => {
  const given = desk();
  new LedgerCluster(given.stack, 'Ledger', { vpc: given.stack.vpc });
  const first = windowsIn(given);
  (given.stack.node.root as App).synth({ force: true });
  expect(windowsIn(given)).toEqual(first);
});

test('leaves alone what is to keep its window', () => {
  const app = testApp();
  const except: CfnResource[] = [];
  const given = desk(app, { except });
  except.push(new CfnDBInstance(given.stack, 'Own', { preferredMaintenanceWindow: 'mon:00:00-mon:00:30' }));
  new CfnDBInstance(given.stack, 'Planned', {});
  expect(windowsIn(given)).toEqual(['mon:00:00-mon:00:30', 'sun:03:00-sun:04:00']);
});

test('fails for a broker that is away eight hours a month', () => {
  const { stack } = desk();
  new CfnBroker(stack, 'Broker', {
    brokerName: 'one', deploymentMode: 'SINGLE_INSTANCE', engineType: 'ACTIVEMQ', hostInstanceType: 'mq.m5.large', publiclyAccessible: false, users: [],
  });
  expect(() => resourcesOf(stack)).toThrow(/Desk\/Broker: a broker's window is two hours a week, eight a month.* within 4 hours a month.*ACTIVE_STANDBY_MULTI_AZ/);
});

test('fails for a window that is too short for a cache', () => {
  const { stack } = desk(testApp(), { window: MaintenanceWindow.weekly({ day: MaintenanceDay.MONDAY, start: '01:00', duration: Duration.minutes(30) }) });
  new CfnReplicationGroup(stack, 'Cache', { replicationGroupDescription: 'cache' });
  expect(() => resourcesOf(stack)).toThrow(/Desk\/Cache: `window` must be 60 minutes long for ElastiCache, got: 30 minutes/);
});

test('fails when the week is too short', () => {
  const { stack } = desk(testApp(), { pause: Duration.days(2) });
  for (const index of [1, 2, 3, 4]) new CfnDBInstance(stack, `Database${index}`, {});
  expect(() => resourcesOf(stack)).toThrow(/4 components with their pauses must fit into a week of 10080 minutes, got: 11760 minutes/);
});
