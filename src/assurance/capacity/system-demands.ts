import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as elasticache from 'aws-cdk-lib/aws-elasticache';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { ServiceFacts, servicesBelow } from './container-demands';
import { Demand } from './demand';
import { Workload } from './workload';
import { WalletsTable } from '../../constructs/data/wallets-table';
import { OrderJournal } from '../../constructs/messaging/order-journal';

/** Messages per second that the leader of one partition sends at most: one run of events every 40 ms. */
const RUNS_PER_SECOND = 25;
/** Connections that one process opens to a database, and to a cache: to read, to write, to subscribe. */
const POOL = 10;
const CACHE_CONNECTIONS = 3;
/** Write units of an order in the wallets: both sides of both assets, in the worst case. */
const UNITS_PER_ORDER = 4;
const MEMORY_PER_CONNECTION = 9_531_392;
const GIB = 2 ** 30;
const SIZES = ['medium', 'large', 'xlarge', '2xlarge', '4xlarge', '8xlarge', '12xlarge', '16xlarge', '24xlarge'];
const FACTORS = [0.5, 1, 2, 4, 8, 16, 24, 32, 48];

/** What a system takes of the quotas, as far as its templates and its workload say. */
export function demandsOf(scope: IConstruct, workload: Workload): Demand[] {
  const services = servicesBelow(scope);
  return [
    ...computeDemands(services), ...streamDemands(scope, workload), ...queueDemands(scope), ...gatewayDemands(scope, workload),
    ...storeDemands(scope, services, workload), ...signInDemands(scope, workload),
  ];
}

function below<T extends IConstruct>(scope: IConstruct, is: (x: unknown) => x is T): T[] {
  return scope.node.findAll().filter((one): one is T => is(one));
}

/** One demand per region: the sum over its parts. */
function perRegion(quotaId: string, parts: { region: string; value: number }[], subject: string): Demand[] {
  const sums = new Map<string, number>();
  for (const { region, value } of parts) sums.set(region, (sums.get(region) ?? 0) + value);
  return [...sums].filter(([, value]) => value > 0).map(([region, value]) => ({ quotaId, region, subject, value }));
}

function computeDemands(services: ServiceFacts[]): Demand[] {
  const fargate = services.filter((one) => one.fargate);
  return [
    ...perRegion('fargate.vcpu', fargate.map(({ region, maxTasks, vcpu, surge }) => ({ region, value: maxTasks * vcpu * surge })),
      'all Fargate services at their most tasks, while they are deployed'),
    ...services.filter(({ targetGroups }) => targetGroups > 0).map(({ path, region, maxTasks, targetGroups }): Demand => (
      { quotaId: 'alb.targets', region, subject: path, value: maxTasks * targetGroups })),
    ...perRegion('fargate.launches', fargate.map(({ region, maxTasks }) => ({ region, value: Math.ceil(maxTasks / 3) })), 'all tasks of a zone, started anew in the others'),
  ];
}

function streamDemands(scope: IConstruct, workload: Workload): Demand[] {
  const streams = below(scope, kinesis.CfnStream.isCfnStream);
  const consumers = below(scope, kinesis.CfnStreamConsumer.isCfnStreamConsumer);
  const journals = scope.node.findAll().filter((one): one is OrderJournal => one instanceof OrderJournal);
  const bytes = journals.flatMap((journal): Demand[] => {
    const shards = streams.find((stream) => stream.node.scopes.includes(journal))?.shardCount;
    if (shards === undefined) return [];
    return [{
      quotaId: 'kinesis.shard.bytes', region: Stack.of(journal).region, subject: journal.node.path,
      value: (workload.ordersPerSecond * workload.orderBytes) / shards,
    }];
  });
  const perStream = streams.map((stream): Demand => ({
    quotaId: 'kinesis.consumers', region: Stack.of(stream).region, subject: stream.node.path,
    value: consumers.filter((one) => JSON.stringify(Stack.of(one).resolve(one.streamArn)).includes(Stack.of(stream).getLogicalId(stream))).length,
  }));
  return [
    ...bytes,
    ...perRegion('kinesis.shards', streams.map((stream) => ({ region: Stack.of(stream).region, value: stream.shardCount ?? 4 })), 'all streams'),
    ...perStream.filter(({ value }) => value > 0),
  ];
}

function queueDemands(scope: IConstruct): Demand[] {
  return below(scope, sqs.CfnQueue.isCfnQueue)
    .filter((queue) => queue.fifoQueue === true && queue.fifoThroughputLimit !== 'perMessageGroupId')
    .map((queue) => ({ quotaId: 'sqs.fifo.calls', region: Stack.of(queue).region, subject: queue.node.path, value: RUNS_PER_SECOND }));
}

function gatewayDemands(scope: IConstruct, workload: Workload): Demand[] {
  const rest = below(scope, apigateway.CfnRestApi.isCfnRestApi);
  const sockets = below(scope, apigatewayv2.CfnApi.isCfnApi).filter(({ protocolType }) => protocolType === 'WEBSOCKET');
  const functions = below(scope, apigateway.CfnMethod.isCfnMethod).filter((method) => (method.integration as { type?: string } | undefined)?.type === 'AWS_PROXY');
  const regions = [...new Set(rest.map((api) => Stack.of(api).region))];
  return [
    ...regions.flatMap((region): Demand[] => [
      { quotaId: 'apigateway.rate', region, subject: 'all APIs', value: workload.requestsPerSecond },
      // At once means within the tenth of a second in which the bucket hardly refills.
      { quotaId: 'apigateway.burst', region, subject: 'all APIs', value: Math.ceil(workload.burstRequestsPerSecond / 10) },
    ]),
    ...sockets.map((api): Demand => (
      { quotaId: 'apigateway.connects', region: Stack.of(api).region, subject: api.node.path, value: Math.ceil(workload.clients / workload.reconnectSeconds) })),
    // Little's law with the 200 ms that a request to a function takes.
    ...[...new Set(functions.map((one) => Stack.of(one).region))].map((region): Demand => (
      { quotaId: 'lambda.concurrency', region, subject: 'requests that functions answer', value: Math.ceil(workload.burstRequestsPerSecond * 0.2) + reservedIn(scope, region) })),
  ];
}

function reservedIn(scope: IConstruct, region: string): number {
  return below(scope, lambda.CfnFunction.isCfnFunction).filter((fn) => Stack.of(fn).region === region)
    .reduce((sum, fn) => sum + (fn.reservedConcurrentExecutions ?? 0), 0);
}

function storeDemands(scope: IConstruct, services: ServiceFacts[], workload: Workload): Demand[] {
  const writers = below(scope, rds.CfnDBInstance.isCfnDBInstance).filter((one) => memoryGiB(String(one.dbInstanceClass)) !== undefined);
  const caches = below(scope, elasticache.CfnReplicationGroup.isCfnReplicationGroup);
  // Services connect to what stands in their own region.
  const clients = (region: string) => services.filter((one) => one.usesCache && one.region === region)
    .reduce((sum, { maxTasks }) => sum + maxTasks * CACHE_CONNECTIONS, 0);
  const wallets = scope.node.findAll().filter((one) => one instanceof WalletsTable);
  return [
    ...[...new Set(writers.map((one) => Stack.of(one).region))].map((region): Demand => ({
      quotaId: 'aurora.connections', region, subject: 'the services that read the ledger, all on one instance after a failover',
      value: services.filter((one) => one.usesLedger && one.region === region).reduce((sum, { maxTasks }) => sum + maxTasks * POOL, 0),
      limit: connectionLimit(writers.filter((one) => Stack.of(one).region === region)),
    })).filter(({ value }) => value > 0),
    ...caches.map((one): Demand => {
      const { region } = Stack.of(one);
      return { quotaId: 'elasticache.clients', region, subject: one.node.path, value: clients(region) };
    }).filter(({ value }) => value > 0),
    ...wallets.flatMap((one): Demand[] => [
      { quotaId: 'dynamodb.key.writes', region: Stack.of(one).region, subject: one.node.path, value: workload.busiestAccountOrdersPerSecond * UNITS_PER_ORDER },
      { quotaId: 'dynamodb.table.writes', region: Stack.of(one).region, subject: one.node.path, value: workload.ordersPerSecond * UNITS_PER_ORDER },
    ]),
  ];
}

/** Connections that the smallest of some instances takes. */
function connectionLimit(instances: rds.CfnDBInstance[]): number {
  const smallest = Math.min(...instances.map((one) => memoryGiB(String(one.dbInstanceClass))!));
  return Math.min(Math.floor((smallest * GIB) / MEMORY_PER_CONNECTION), 5_000);
}

function signInDemands(scope: IConstruct, workload: Workload): Demand[] {
  // Tokens live an hour at least: what returns at once are connections, sign-ins spread over that time.
  const pools = below(scope, cognito.CfnUserPool.isCfnUserPool);
  return pools.map((pool) => ({ quotaId: 'cognito.sign-ins', region: Stack.of(pool).region, subject: pool.node.path, value: Math.ceil(workload.clients / 3_600) }));
}

/** Memory of an instance class such as `db.r7g.large`; undefined for classes whose memory is not fixed. */
export function memoryGiB(instanceClass: string): number | undefined {
  const [, family, size] = /^(?:db\.)?([a-z]+\d+[a-z]*)\.(\w+)$/.exec(instanceClass) ?? [];
  const index = SIZES.indexOf(size);
  if (family === undefined || index < 0) return undefined;
  const perLarge: Record<string, number> = { r: 16, m: 8, t: 8, c: 4, x: 32 };
  const large = perLarge[family[0]];
  return large === undefined ? undefined : large * FACTORS[index];
}
