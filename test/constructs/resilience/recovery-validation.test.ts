import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Aspects, CfnParameter, CfnResource, Duration, Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as backup from 'aws-cdk-lib/aws-backup';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { IConstruct } from 'constructs';
import {
  acknowledge, GlobalLedger, GlobalLedgerReplica, LeaseTable, LedgerCluster, MatchingService, OrderJournal, RealtimeSimulator,
  RecoveryEnforcementOptions, RecoveryObjective, RegionSwitchPlan, RegionSwitchStep, TradesTable, TradingBackup, TradingCache, TradingCluster,
  TradingService,
} from '../../../src';
import { testApp } from '../../support/apps';
import { LayerStack } from '../../support/every-construct/common';

const { GATEWAY_EXCHANGE, MULTI_REGION_EXCHANGE } = RecoveryObjective;
const relaxed = RecoveryObjective.of({ zone: { rto: Duration.hours(4), rpo: Duration.hours(1) } });

interface Finding { readonly ruleName: string; readonly description: string; readonly suggestedFix?: string }
interface Report { readonly pluginReports: Array<{ readonly pluginName: string; readonly violations: Finding[] }> }

/** What the validation found in an app, and what the synthesis threw. */
function findings(objective: RecoveryObjective, build: (app: App) => RecoveryEnforcementOptions | void) {
  const app = testApp();
  const options = build(app);
  objective.enforce(app, options ?? {});
  let error = '';
  try {
    app.synth();
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const report = JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
  const found = report.pluginReports.filter(({ pluginName }) => pluginName === 'RecoveryObjective').flatMap(({ violations }) => violations);
  return { error, found, rules: found.map(({ ruleName }) => ruleName).sort(), text: found.map(({ description }) => description).join('\n') };
}

/** A platform that survives the loss of a zone. */
function zonal(app: App, id = 'Desk') {
  const stack = new LayerStack(app, id);
  const { vpc, stream, store, cache, cacheAuthToken } = stack;
  const { cluster } = new TradingCluster(stack, 'Cluster', { vpc });
  const ledger = new LedgerCluster(stack, 'Ledger', { vpc });
  const redis = new TradingCache(stack, 'Cache', { vpc });
  const journal = new OrderJournal(stack, 'Journal');
  const trades = new TradesTable(stack, 'Trades');
  const api = new TradingService(stack, 'Api', { cluster, definition: stack.definition(), minCapacity: 3 });
  const matching = new MatchingService(stack, 'Matching', {
    cluster, journalStream: stream, settlementQueue: stack.queue('settlement.fifo'), snapshotBucket: store, cache, cacheAuthToken,
    leaseTable: new LeaseTable(stack, 'Leases').table,
  });
  return { stack, cluster, ledger, redis, journal, trades, api, matching };
}

const change = (construct: IConstruct, property: string, value: unknown) =>
  (construct.node.defaultChild as CfnResource ?? construct).addPropertyOverride(property, value);

test('a platform over three zones keeps the objective of its zone', () => {
  const { error, found } = findings(GATEWAY_EXCHANGE, (app) => void zonal(app));
  expect({ error, found }).toEqual({ error: '', found: [] });
});

test.each<[string, string, (desk: ReturnType<typeof zonal>) => void, RegExp]>([
  ['zone-database-reader', 'a database without a reader', ({ stack, stack: { vpc } }) => void new LedgerCluster(stack, 'Alone', { vpc, readers: 0 }),
    /Desk\/Alone\/Resource\/Resource: `DBClusterMembers`: a zone RTO of 1 minute needs a reader in another zone.* got: 1 instance/],
  ['zone-cache-standby', 'a cache that does not fail over', ({ redis }) => change(redis.replicationGroup, 'AutomaticFailoverEnabled', false),
    /`AutomaticFailoverEnabled`: .* got: false/],
  ['zone-tasks', 'a service of one task', ({ stack, cluster }) => void new TradingService(stack, 'One', { cluster, definition: stack.definition(), minCapacity: 1 }),
    /Desk\/One\/Service\/Service: `DesiredCount`: .* new ones take minutes; got: 1 task/],
  ['zone-tasks', 'a service in one subnet', ({ api }) => change(api.service.node.findChild('Service'), 'NetworkConfiguration.AwsvpcConfiguration.Subnets', ['subnet-1']),
    /`NetworkConfiguration.AwsvpcConfiguration.Subnets`: .* got: 1 subnet/],
  ['zone-standby-matcher', 'a standby that does not run', ({ matching }) => change(matching.serviceB.service.node.findChild('Service'), 'DesiredCount', 0),
    /Desk\/Matching\/B\/Service\/Service: `DesiredCount`: .* got: 0 task/],
  ['journal-retention', 'a journal that forgets', ({ journal }) => change(journal.stream, 'RetentionPeriodHours', 24), /needs 168 hours or more.* got: 24/],
  ['point-in-time-recovery', 'a table without a point in time', ({ trades }) =>
    change(trades.table, 'Replicas.0.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', false), /Desk\/Trades\/Resource\/Resource: .* got: false/],
  ['point-in-time-recovery', 'a bare table', ({ stack }) =>
    void new dynamodb.Table(stack, 'Bare', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } }), /`PointInTimeRecoverySpecification/],
  ['zone-broker-standby', 'a broker alone', ({ stack }) => void new CfnResource(stack, 'Mq', { type: 'AWS::AmazonMQ::Broker', properties: { DeploymentMode: 'SINGLE_INSTANCE' } }),
    /`DeploymentMode`: .* got: SINGLE_INSTANCE/],
  ['zone-load-balancer', 'a load balancer in one zone', ({ stack }) =>
    void new CfnResource(stack, 'Nlb', { type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', properties: { Subnets: ['subnet-1'] } }), /`Subnets`: .* got: 1 subnet/],
  ['zone-cache-standby', 'a cache cluster', ({ stack }) => void new CfnResource(stack, 'Old', { type: 'AWS::ElastiCache::CacheCluster', properties: {} }), /a cache cluster, which cannot/],
  ['zone-journal', 'a log of brokers in one zone', ({ stack }) =>
    void new CfnResource(stack, 'Msk', { type: 'AWS::MSK::Cluster', properties: { BrokerNodeGroupInfo: { ClientSubnets: ['subnet-1'] } } }), /got: 1 subnet/],
  ['zone-file-system', 'files in one zone', ({ stack }) =>
    void new CfnResource(stack, 'Efs', { type: 'AWS::EFS::FileSystem', properties: { AvailabilityZoneName: 'us-east-1a' } }), /got: us-east-1a/],
  ['zone-instances', 'one instance', ({ stack }) =>
    void new autoscaling.CfnAutoScalingGroup(stack, 'Group', { minSize: '1', maxSize: '2', vpcZoneIdentifier: ['subnet-1', 'subnet-2'] }), /`MinSize`: .* got: 1/],
])('%s: fails for %s, with path, value and remedy', (rule, _, damage, text) => {
  const { error, found } = findings(GATEWAY_EXCHANGE, (app) => damage(zonal(app)));
  expect(found.map(({ ruleName }) => ruleName)).toEqual([rule]);
  expect(found[0].description).toMatch(text);
  expect(found[0].suggestedFix).toMatch(/^(add|set|take|run|let|give|place|leave) /);
  expect(error).toContain(found[0].description.slice(0, 60));
});

test('fails for a database instance without a standby, and one without backups', () => {
  const { rules, text } = findings(relaxed, (app) => {
    const stack = new Stack(app, 'Small');
    new CfnResource(stack, 'Kept', { type: 'AWS::RDS::DBInstance', properties: { MultiAZ: true } });
    new CfnResource(stack, 'Lost', { type: 'AWS::RDS::DBInstance', properties: { BackupRetentionPeriod: '0' } });
  });
  expect(rules).toEqual(['point-in-time-recovery']);
  expect(text).toContain('Small/Lost: `BackupRetentionPeriod`');
  expect(findings(GATEWAY_EXCHANGE, (app) => void new CfnResource(new Stack(app, 'Small'), 'Db', { type: 'AWS::RDS::DBInstance' })).rules).toEqual(['zone-database-standby']);
});

test('asks for less when there is more time', () => {
  const { rules } = findings(relaxed, (app) => {
    const { stack, cluster, stack: { vpc } } = zonal(app);
    new LedgerCluster(stack, 'Alone', { vpc, readers: 0 });
    new TradingService(stack, 'One', { cluster, definition: stack.definition(), minCapacity: 1 });
  });
  expect(rules).toEqual([]);
});

test('sees what an aspect changes, and leaves alone what only CloudFormation knows', () => {
  const { rules } = findings(GATEWAY_EXCHANGE, (app) => {
    const { stack, api } = zonal(app);
    const count = new CfnParameter(stack, 'Count', { type: 'Number' });
    (api.service.node.findChild('Service') as ecs.CfnService).desiredCount = count.valueAsNumber;
    Aspects.of(app).add({
      visit: (construct) => {
        if (construct instanceof kinesis.CfnStream) construct.retentionPeriodHours = 48;
      },
    });
  });
  expect(rules).toEqual(['journal-retention']);
});

test('a part on which no order depends may be left out, and a finding may be acknowledged', () => {
  const build = (app: App) => {
    const { stack, cluster } = zonal(app);
    return new TradingService(stack, 'Backtests', { cluster, definition: stack.definition(), minCapacity: 1 });
  };
  expect(findings(GATEWAY_EXCHANGE, (app) => ({ except: [build(app)] })).found).toEqual([]);
  const accepted = findings(GATEWAY_EXCHANGE, (app) => acknowledge(build(app), {
    rule: 'RecoveryObjective::zone-tasks', reason: 'The streamer starts again within the five minutes that prices may be old.', owner: 'desk', control: 'an alarm on old prices', reviewBy: '2027-05-31',
  }));
  expect({ error: accepted.error, found: accepted.found }).toEqual({ error: '', found: [] });
});

/** The same platform with its copy in another region. */
function regional(app: App, options: { instances?: number; plan?: boolean; copy?: boolean; replicated?: boolean } = {}) {
  const stack = new LayerStack(app, 'Primary');
  const recovery = new LayerStack(app, 'Recovery', { region: 'us-west-2' });
  const { cluster } = new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc });
  new LeaseTable(stack, 'Leases');
  new TradesTable(stack, 'Trades', options.replicated === false ? {} : { replicas: [{ region: 'us-west-2' }] });
  if (options.copy !== false) {
    new GlobalLedgerReplica(recovery, 'Copy', { globalLedger: new GlobalLedger(stack, 'Global', { primary: cluster }), vpc: recovery.vpc, instances: options.instances ?? 1 });
  } else {
    new CfnResource(recovery, 'Something', { type: 'AWS::SNS::Topic' });
  }
  if (options.plan !== false) {
    new RegionSwitchPlan(recovery, 'Plan', {
      primaryRegion: 'us-east-1', secondaryRegion: 'us-west-2', objective: MULTI_REGION_EXCHANGE,
      steps: [RegionSwitchStep.promoteDatabase('promote', { globalClusterIdentifier: 'ledger', clusterArns: ['us-east-1', 'us-west-2'].map((name) => `arn:aws:rds:${name}:1:cluster:ledger`) })],
    });
  }
}

test('a platform with a warm copy in another region keeps the objective of its region', () => {
  const { error, found } = findings(MULTI_REGION_EXCHANGE, (app) => regional(app));
  expect({ error, found }).toEqual({ error: '', found: [] });
});

test.each<[string[], string, Parameters<typeof regional>[1], RegExp]>([
  [['region-copy'], 'a ledger of one region', { copy: false }, /Primary\/Ledger\/Resource\/Resource: .* needs asynchronous replication to another region; got: a cluster of one region/],
  [['region-warm-database'], 'a headless copy', { instances: 0 }, /Recovery\/Copy\/Resource: .* a region RTO of 15 minutes needs a database instance that runs in us-west-2 already; got: none/],
  [['region-copy'], 'a table of one region', { replicated: false }, /Primary\/Trades\/Resource\/Resource: `Replicas`: .* got: one replica/],
  [['region-switch-plan'], 'a switch by hand', { plan: false }, /needs a prepared plan for the switch; got: none/],
])('%j: fails for %s', (rules, _, options, text) => {
  const report = findings(MULTI_REGION_EXCHANGE, (app) => regional(app, options));
  expect(report.rules).toEqual(rules);
  expect(report.text).toMatch(text);
  expect(report.error).not.toBe('');
});

test('fails when there is no second region at all', () => {
  const { rules, text } = findings(MULTI_REGION_EXCHANGE, (app) => void zonal(app));
  expect(rules).toEqual(['region-copy', 'region-copy', 'region-secondary', 'region-switch-plan']);
  expect(text).toContain('a region RPO of 1 minute needs a secondary region; got: stacks in us-east-1 only');
});

test('Aurora cannot keep an RPO below its bound', () => {
  const objective = RecoveryObjective.of({ zone: GATEWAY_EXCHANGE.zone, region: { rto: Duration.minutes(15), rpo: Duration.seconds(5) } });
  const { text } = findings(objective, (app) => regional(app));
  expect(text).toContain('a region RPO of 5 seconds needs synchronous replication, and Aurora copies to other regions after the fact');
  expect(text).toContain('needs strong consistency over regions; got: EVENTUAL');
});

test('copies of backups are enough for an RPO of hours', () => {
  const objective = RecoveryObjective.of({ zone: GATEWAY_EXCHANGE.zone, region: { rto: Duration.hours(8), rpo: Duration.hours(24) } });
  const build = (copyTo: boolean) => (app: App) => {
    const stack = new LayerStack(app, 'Primary');
    const { cluster } = new LedgerCluster(stack, 'Ledger', { vpc: stack.vpc });
    new CfnResource(new LayerStack(app, 'Recovery', { region: 'us-west-2' }), 'Something', { type: 'AWS::SNS::Topic' });
    new TradingBackup(stack, 'Backup', {
      resources: [backup.BackupResource.fromRdsDatabaseCluster(cluster)],
      ...(copyTo ? { copyTo: backup.BackupVault.fromBackupVaultArn(stack, 'GivenVault', 'arn:aws:backup:us-west-2:111111111111:backup-vault:copies') } : {}),
    });
  };
  expect(findings(objective, build(true)).found).toEqual([]);
  expect(findings(objective, build(false)).text).toMatch(/Primary\/Ledger\/Resource\/Resource: .* a region RPO of 1 day needs copies of backups in another region; got: a cluster of one region/);
});

test('the bound of the database must not exceed the RPO', () => {
  const { rules } = findings(MULTI_REGION_EXCHANGE, (app) => {
    regional(app);
    const stack = new LayerStack(app, 'More');
    new CfnResource(stack, 'Parameters', { type: 'AWS::RDS::DBClusterParameterGroup', properties: { Parameters: { 'rds.global_db_rpo': '3600' } } });
  });
  expect(rules).toEqual(['region-bound']);
});

test('the simulator is told what it lacks for a minute', () => {
  const { text } = findings(GATEWAY_EXCHANGE, (app) => void new RealtimeSimulator(app, 'Simulator'));
  expect(text.split('\n').map((line) => line.split(': ')[0])).toEqual(['Simulator/Application/Streamer/Service/Service']);
});
