/** What a construct consists of, watches and can be restored from, read from its template. */
import type { TemplateResource } from './inventory';

/** What only glues resources together says nothing to somebody who chooses a construct. */
const GLUE = /^AWS::(IAM::|Lambda::Permission|EC2::SecurityGroup(In|E)gress|EC2::(SubnetRouteTableAssociation|Route|VPCGatewayAttachment)$|CDK::|S3::BucketPolicy|SQS::QueuePolicy|SNS::TopicPolicy|CloudWatch::(Composite)?Alarm)/;

/** Services and resources as `RDS: DBCluster, 2 DBInstance`, one entry per service. */
export function composed(resources: readonly TemplateResource[]): string[] {
  const counts = new Map<string, Map<string, number>>();
  const parts = resources.filter(({ Type }) => !GLUE.test(Type));
  for (const { Type } of parts.length > 0 ? parts : resources) {
    const [, service, kind] = Type.split('::');
    const kinds = counts.get(service) ?? counts.set(service, new Map()).get(service)!;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...counts].map(([service, kinds]) => `${service}: ${[...kinds].map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`)).join(', ')}`);
}

/** Metrics that the alarms watch, each once. */
export function watched(resources: readonly TemplateResource[]): { alarms: number; metrics: string[] } {
  const alarms = resources.filter(({ Type }) => /^AWS::CloudWatch::(Composite)?Alarm$/.test(Type));
  const names = alarms.flatMap(({ Properties }) => [...JSON.stringify(Properties).matchAll(/"MetricName":"([^"]+)"/g)].map(([, name]) => name));
  return { alarms: alarms.length, metrics: [...new Set(names)].sort() };
}

/** From what the state can be brought back. */
export function recovery(resources: readonly TemplateResource[]): string[] {
  const found: string[] = [];
  const add = (words: string): void => { if (!found.includes(words)) found.push(words); };
  const instances = resources.filter(({ Type, Properties }) => Type === 'AWS::RDS::DBInstance' && Properties?.DBClusterIdentifier !== undefined).length;
  if (instances > 1) add('writer and reader');
  for (const { Type, Properties = {} } of resources) {
    const text = JSON.stringify(Properties);
    if (Properties.MultiAZ === true || Properties.MultiAZEnabled === true) add('Multi-AZ');
    if (Type === 'AWS::AmazonMQ::Broker' && Properties.DeploymentMode === 'ACTIVE_STANDBY_MULTI_AZ') add('active and standby');
    if (text.includes('"PointInTimeRecoveryEnabled":true')) add('point-in-time recovery');
    const days = Number(Properties.BackupRetentionPeriod ?? Properties.SnapshotRetentionLimit ?? 0);
    if (days > 0) add(`backups for ${days} ${days === 1 ? 'day' : 'days'}`);
    if (Type === 'AWS::Kinesis::Stream' && typeof Properties.RetentionPeriodHours === 'number') add(`replay of ${Properties.RetentionPeriodHours} hours`);
    if (text.includes('"VersioningConfiguration":{"Status":"Enabled"}')) add('versions');
    if (text.includes('deadLetterTargetArn')) add('dead-letter queue');
    if (text.includes('"DeploymentCircuitBreaker":{"Enable":true')) add('rollback of failed deployments');
  }
  return found;
}
