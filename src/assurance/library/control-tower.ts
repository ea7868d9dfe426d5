/** Findings of Control Tower's rules, which look at a resource by its type wherever in our constructs it stands. */
import { CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { TradingCluster } from '../../constructs/compute/trading-cluster';
import { TradingTable } from '../../constructs/data/trading-table';
import { FailoverDns } from '../../constructs/edge/failover-dns';
import { RegionalWebAcl } from '../../constructs/edge/regional-web-acl';
import { StaticSite } from '../../constructs/edge/static-site';
import { TradingDistribution } from '../../constructs/edge/trading-distribution';
import { ApiGatewayLogging } from '../../constructs/ingress/api-gateway-logging';
import { TradingNetworkLoadBalancer } from '../../constructs/ingress/trading-network-load-balancer';
import { JournalCluster } from '../../constructs/messaging/journal-cluster';
import { StreamFanOut } from '../../constructs/messaging/stream-fan-out';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { SloAlarms } from '../../constructs/observability/slo-alarms';
import { DataKeys } from '../../constructs/security/data-keys';
import { PermissionsBoundary } from '../../constructs/security/permissions-boundary';

/** Name of the plugin that runs them, as acknowledgements begin. */
export const CONTROL_TOWER = 'cdk-validator-cfnguard';

type Properties = Readonly<Record<string, unknown>>;

/** A finding that is accepted in resources of our constructs. */
export interface ControlTowerFinding {
  readonly rule: string;
  readonly type: string;
  /** Whether a resource has the finding, from its properties as the template has them. */
  readonly foundIn: (properties: Properties, resource: CfnResource) => boolean;
  readonly reason: string;
  readonly control: string;
}

/** References to other stacks, which the rules cannot follow. */
const isForeign = (value: unknown): boolean => /"Fn::(GetStackOutput|ImportValue)"/.test(JSON.stringify(value ?? ''));
const isPartOf = (resource: IConstruct, type: abstract new (...args: never[]) => IConstruct): boolean =>
  resource.node.scopes.some((scope) => scope instanceof type);

const NOT_FOLLOWED = {
  reason: 'The property names a resource of another stack of the system; the rule accepts names and resources of the same template only.',
  control: 'the other packs, which see the whole app, find the property in order',
};
const OWN_CERTIFICATE = {
  type: 'AWS::CloudFront::Distribution',
  foundIn: (properties: Properties) => viewerCertificateOf(properties) === undefined,
  reason: 'The name ….cloudfront.net comes with a certificate of CloudFront, whose protocols CloudFront chooses; a custom domain has a certificate of its own.',
  control: 'viewers are redirected to HTTPS, and a custom domain removes the finding',
};
const DEAD_END = {
  type: 'AWS::SQS::Queue',
  reason: 'The queue is itself where messages end that failed elsewhere; a person reads it, so there is nothing that could fail once more.',
  control: 'an alarm on the first message, and messages stay for two weeks',
};
const BUCKET = 'AWS::S3::Bucket';
const LOG_GROUP = 'AWS::Logs::LogGroup';

function count(list: unknown): number {
  return ((list as unknown[] | undefined) ?? []).length;
}

/** Whether an alarm is half of a pair whose composite alarms tell somebody. */
function pairActs(alarm: IConstruct): boolean {
  const pairs = alarm.node.scopes.filter((scope): scope is SloAlarms => scope instanceof SloAlarms);
  return pairs.some(({ pageAlarm }) => count(renderedProperties(pageAlarm.node.defaultChild as CfnResource).AlarmActions) > 0);
}

function viewerCertificateOf({ DistributionConfig }: Properties): unknown {
  return (DistributionConfig as { ViewerCertificate?: unknown }).ViewerCertificate;
}

function distributionOf({ DistributionConfig }: Properties): Readonly<Record<string, unknown>> {
  return DistributionConfig as Readonly<Record<string, unknown>>;
}

function encryptionOf({ BucketEncryption }: Properties): string {
  return JSON.stringify(BucketEncryption ?? '');
}

const BOUNDARY = {
  type: 'AWS::IAM::ManagedPolicy',
  foundIn: (_: Properties, resource: CfnResource) => isPartOf(resource, PermissionsBoundary),
  reason: 'A boundary must allow what is to be possible at all; it grants nothing, and a role still needs a statement of its own.',
  control: 'the statements after it deny what an intruder would gain by',
};

/** Constructs of ours besides those in which other packs have findings. */
export const FURTHER_CONSTRUCTS: ReadonlyArray<abstract new (...args: never[]) => IConstruct> = [
  TradingCluster, TradingTable, DataKeys, RegionalWebAcl, ApiGatewayLogging, StreamFanOut, JournalCluster, FailoverDns, TradingNetworkLoadBalancer,
];

/** What is accepted. */
export const CONTROL_TOWER_FINDINGS: readonly ControlTowerFinding[] = [
  {
    rule: 'cloudwatch_log_group_encrypted_check', type: LOG_GROUP, foundIn: ({ KmsKeyId }) => KmsKeyId === undefined,
    reason: 'CloudWatch encrypts every group with a key of its own; services log no tokens, no bodies and no names.',
    control: 'who may read the group is said by IAM',
  },
  { rule: 'cloudwatch_log_group_encrypted_check', type: LOG_GROUP, foundIn: ({ KmsKeyId }) => isForeign(KmsKeyId), ...NOT_FOLLOWED },
  {
    rule: 'cloudwatch_log_group_retention_period_check', type: LOG_GROUP, foundIn: ({ RetentionInDays }) => RetentionInDays !== undefined && (RetentionInDays as number) < 365,
    reason: 'Logs serve those who operate the platform for three months. What has to be proven for years is a record, not a log: journal, ledger and archive keep it.',
    control: 'the retention of each construct is a property, for those whose regulator counts logs as records',
  },
  {
    rule: 'cloudwatch_alarm_action_check', type: 'AWS::CloudWatch::Alarm',
    foundIn: ({ AlarmActions }, resource) => count(AlarmActions) === 0 && pairActs(resource),
    reason: 'The alarm is one half of a pair; the composite alarms act for it when both halves agree.',
    control: 'both composite alarms have actions',
  },
  {
    rule: 'ecs_container_insights_enabled_check', type: 'AWS::ECS::Cluster', foundIn: ({ ClusterSettings }) => JSON.stringify(ClusterSettings ?? '').includes('"enhanced"'),
    reason: 'Container Insights is on in its enhanced form, which has every metric of the form that the rule knows, and more.',
    control: 'the setting stands in the template',
  },
  {
    rule: 'ecs_task_definition_memory_hard_limit_check', type: 'AWS::ECS::TaskDefinition',
    foundIn: ({ ContainerDefinitions }) => (ContainerDefinitions as Array<{ Memory?: number }>).some(({ Memory }) => Memory === undefined),
    reason: 'On Fargate the memory of the task is a hard limit around all of its containers; a second one per container would only divide it.',
    control: 'every task definition states its memory; containers on instances have limits of their own',
  },
  {
    rule: 'elbv2_logging_enabled_check', type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', foundIn: ({ LoadBalancerAttributes }) => isForeign(LoadBalancerAttributes), ...NOT_FOLLOWED,
  },
  { rule: 'lambda_inside_vpc_check', type: 'AWS::Lambda::Function', foundIn: ({ VpcConfig }) => isForeign(VpcConfig), ...NOT_FOLLOWED },
  { rule: 'kinesis_stream_encrypted_check', type: 'AWS::Kinesis::Stream', foundIn: ({ StreamEncryption }) => isForeign(StreamEncryption), ...NOT_FOLLOWED },
  { rule: 'sqs_queue_encrypted_check', type: 'AWS::SQS::Queue', foundIn: ({ KmsMasterKeyId }) => isForeign(KmsMasterKeyId), ...NOT_FOLLOWED },
  { rule: 'sqs_dlq_check', foundIn: ({ RedrivePolicy }) => RedrivePolicy === undefined, ...DEAD_END },
  {
    rule: 's3_bucket_default_encryption_kms_check', type: BUCKET,
    foundIn: (properties, resource) => !encryptionOf(properties).includes('"aws:kms') && (isPartOf(resource, AccessLogBucket) || isPartOf(resource, StaticSite)),
    reason: 'Access logs cannot be delivered to a bucket with a customer key, and files of a site are for everybody; both are encrypted with keys of S3.',
    control: 'public access is blocked; only log delivery, or the pipeline, may write',
  },
  {
    rule: 's3_bucket_logging_enabled_check', type: BUCKET, foundIn: ({ LoggingConfiguration }) => LoggingConfiguration === undefined,
    reason: 'The bucket is where access logs are delivered, or holds copies that only a service of AWS writes; logs about logs would never end.',
    control: 'no principal but services of AWS may write, public access is blocked',
  },
  { rule: 's3_bucket_logging_enabled_check', type: BUCKET, foundIn: ({ LoggingConfiguration }) => isForeign(LoggingConfiguration), ...NOT_FOLLOWED },
  {
    rule: 's3_bucket_versioning_enabled_check', type: BUCKET, foundIn: ({ VersioningConfiguration }, resource) => VersioningConfiguration === undefined && isPartOf(resource, AccessLogBucket),
    reason: 'Every delivery of logs is an object with a name of its own, written once and deleted when its time is over.',
    control: 'only log delivery services may write, and the bucket outlives its stack',
  },
  {
    rule: 's3_bucket_object_lock_enabled_check', type: BUCKET, foundIn: ({ ObjectLockEnabled }) => ObjectLockEnabled !== true,
    reason: 'Files of this bucket are replaced by newer ones or end with their time; a lock would keep each of them. Records that must stay belong into a BackupBucket.',
    control: 'the bucket outlives its stack, and where files are replaced their earlier versions are kept',
  },
  {
    rule: 's3_event_notifications_enabled_check', type: BUCKET, foundIn: ({ NotificationConfiguration }) => NotificationConfiguration === undefined,
    reason: 'Nothing has to happen when a file arrives: who writes it also writes the index, and readers look there.',
    control: 'access to files is logged, and policies name who may write',
  },
  {
    rule: 'cloudfront_default_root_object_configured_check', type: 'AWS::CloudFront::Distribution',
    foundIn: (properties, resource) => distributionOf(properties).DefaultRootObject === undefined && isPartOf(resource, TradingDistribution),
    reason: 'Behind the distribution is an API, not a bucket: it answers the root by itself, and there are no files that could be listed.',
    control: 'the origin is the API alone',
  },
  {
    rule: 'cloudfront_origin_failover_enabled_check', type: 'AWS::CloudFront::Distribution', foundIn: (properties) => distributionOf(properties).OriginGroups === undefined,
    reason: 'A second origin would be another journal: what it accepted would not be in the first one. CloudFront cannot decide that, a switch of regions does.',
    control: 'the origin runs in three zones; health alarms and, in several regions, Route 53 lead users',
  },
  { rule: 'iam_managed_policy_no_statements_with_admin_access_check', ...BOUNDARY },
  { rule: 'iam_managed_policy_no_statements_with_full_access_check', ...BOUNDARY },
  { rule: 'cloudfront_custom_ssl_certificate_check', ...OWN_CERTIFICATE },
  { rule: 'cloudfront_security_policy_check', ...OWN_CERTIFICATE },
  { rule: 'cloudfront_sni_enabled_check', ...OWN_CERTIFICATE },
  {
    rule: 'lambda_function_public_access_prohibited_check', type: 'AWS::Lambda::Permission',
    foundIn: ({ Principal, SourceArn, SourceAccount }) => typeof Principal === 'string' && Principal.endsWith('.amazonaws.com') && typeof SourceArn === 'object' && SourceAccount === undefined,
    reason: 'The permission names one route of one API as its source. The name is joined from parts, which the rule cannot read.',
    control: 'only API Gateway may call, and only for this API of this account',
  },
  {
    rule: 'api_gw_v2_authorization_type_configured_check', type: 'AWS::ApiGatewayV2::Route', foundIn: ({ AuthorizationType }) => (AuthorizationType ?? 'NONE') === 'NONE',
    reason: 'A WebSocket API authorizes when a client connects; later messages of a connection cannot have an authorizer.',
    control: '$connect has an authorizer, and API Gateway binds messages to their connection',
  },
  {
    rule: 'autoscaling_multiple_az_check', type: 'AWS::AutoScaling::AutoScalingGroup', foundIn: ({ VPCZoneIdentifier }) => isForeign(VPCZoneIdentifier), ...NOT_FOLLOWED,
  },
  {
    rule: 'autoscaling_mixed_instances_policy_multiple_instance_types_check', type: 'AWS::AutoScaling::AutoScalingGroup',
    foundIn: ({ MixedInstancesPolicy }) => MixedInstancesPolicy === undefined,
    reason: 'Matchers are measured on one type of instance; replicas of different speed would make the standby fall behind its leader.',
    control: 'two replicas in two zones, and an alarm when an instance is missing',
  },
];

/** Properties of a resource as the template will have them. */
export function renderedProperties(resource: CfnResource): Properties {
  const template = (resource as unknown as { _toCloudFormation(): object })._toCloudFormation();
  const rendered = Stack.of(resource).resolve(template) as { Resources?: Record<string, { Properties?: Properties }> };
  return Object.values(rendered.Resources ?? {})[0]?.Properties ?? {};
}
