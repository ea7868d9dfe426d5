import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { acknowledge } from '../assurance/acknowledge';
import { MatchingService } from '../constructs/compute/matching-service';
import { TradingFunction } from '../constructs/compute/trading-function';
import { TradingService } from '../constructs/compute/trading-service';
import { ColdStore } from '../constructs/data/cold-store';
import { MarketCache } from '../constructs/data/market-cache';
import { PublicEndpoint } from '../constructs/edge/public-endpoint';
import { TradingDistribution } from '../constructs/edge/trading-distribution';
import { TradingUserPool } from '../constructs/identity/trading-user-pool';
import { AccessLogBucket } from '../constructs/observability/access-log-bucket';

/** Every finding of the AwsSolutions pack that the systems accept, each at the construct that has it. */
function accept(scope: IConstruct, rule: string, reason: string, control: string): void {
  acknowledge(scope, { rule: `AwsSolutions::AwsSolutions-${rule}`, reason, control, owner: 'platform', reviewBy: '2027-05-31' });
}

/** Findings of one container service. */
export function acceptService(service: TradingService): void {
  accept(service.taskDefinition, 'ECS2',
    'The environment holds names, URLs and switches that the template must show; every secret is injected from Secrets Manager.',
    'the manifest gives each value a kind, and kind secret never becomes an environment variable');
  accept(service.taskDefinition.obtainExecutionRole(), 'IAM5[Resource::*]',
    'ecr:GetAuthorizationToken, with which ECS signs in to the registry, knows no narrower resource than "*".',
    'all other statements of the role name their repository, log group or secret');
}

/** Findings of both replicas of a matcher. */
export function acceptMatching(matching: MatchingService, store: ColdStore): void {
  for (const service of [matching.serviceA, matching.serviceB]) {
    acceptService(service);
    accept(service.taskRole, `IAM5[Resource::${store.bucket.arnForObjects('matcher-snapshots/*')}]`,
      'The matcher names its snapshots by position in the journal, so their keys are open below a prefix of its own.',
      'the prefix belongs to the matcher alone; the rest of the bucket is out of reach');
  }
}

/** Findings of one function. */
export function acceptFunction(fn: TradingFunction): void {
  accept(fn.role, 'IAM5[Resource::*]',
    'Lambda makes and removes the network interfaces of a function in a VPC with its role; they have no name beforehand.',
    'only the six network interface actions that Lambda asks for have this resource');
}

/** Streams that are encrypted with a customer key. */
export function acceptStreamKey(stream: IConstruct): void {
  accept(stream, 'KDS3',
    'A key of our own per class of data is intended: who may read orders is then said in one key policy. Its calls are few, since batches share them.',
    'KMS calls are per shard and five minutes, not per record');
}

/** The cache's token. */
export function acceptCache(cache: MarketCache): void {
  accept(cache.authToken, 'SMG4',
    'ElastiCache takes a new token only in two steps with both tokens valid in between, which a rotation by Secrets Manager cannot do.',
    'the cache is reachable from the security groups of its services only, holds projections and no state');
}

/** The ledger's role for the metrics of the operating system. */
export function acceptLedger(ledger: IConstruct): void {
  const { partition, region, account } = Stack.of(ledger);
  accept(ledger.node.findChild('MonitoringPolicy'), `IAM5[Resource::arn:${partition}:logs:${region}:${account}:log-group:RDSOSMetrics:log-stream:*]`,
    'RDS writes the metrics of the operating system to one log group, with a stream per instance that it names itself.',
    'one log group, which holds metrics only');
}

/** A ledger that is thrown away with its environment. */
export function acceptThrowaway(database: IConstruct, removalPolicy?: RemovalPolicy): void {
  if (removalPolicy !== RemovalPolicy.DESTROY) return;
  accept(database, 'RDS10',
    'The system was declared with RemovalPolicy.DESTROY: its environment is meant to be deleted with everything in it.',
    'the default of the system is RETAIN with deletion protection');
}

/** The pool's second factor. */
export function acceptIdentity(identity: TradingUserPool): void {
  accept(identity.userPool, 'COG2',
    'Accounts of the simulator hold play money; a second factor is offered to everyone and left to them.',
    'threat protection is enforced and access tokens live for 15 minutes');
}

/** A bucket that only takes logs. */
export function acceptLogBucket(logs: AccessLogBucket): void {
  accept(logs.bucket, 'S1',
    'The bucket is where access logs are delivered; logging access to it would write logs about logs without end.',
    'no principal but the log delivery services may write, public access is blocked');
}

/** The public side. */
export function acceptDistribution(edge: TradingDistribution, endpoint?: PublicEndpoint): void {
  accept(edge.distribution, 'CFR1',
    'The simulator is meant for users of every country; there is no list of countries to allow or to refuse.',
    'a web ACL with reputation lists and rate limits stands before every request');
  if (endpoint?.isCustom !== true) {
    accept(edge.distribution, 'CFR4',
      'CloudFront fixes the protocols of its own certificate, which the name ….cloudfront.net needs; a custom domain gets TLS 1.2 or newer.',
      'viewers are redirected to HTTPS, and a custom domain removes the finding');
  }
}
