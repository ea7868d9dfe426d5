/** Services, functions and deployments as the documents set them. */
import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import {
  DedicatedCapacity, DeploymentPlan, GitHubDeployRole, MatchingService, ProgressiveDelivery, RecoveryObjective, RegionDrill, RegionSwitchPlan,
  RegionSwitchStep, ResiliencePolicy, ScheduledTask, ServiceDefinition, ServiceRepository, SpotWorkers, TradingCluster, TradingFunction,
  TradingLoadBalancer, TradingService, ZonePowerDrill,
} from '../../../src';
import { ServiceProtocol } from '../../../src/constructs/compute/load-balanced-service';
import { ServiceCapacity } from '../../../src/constructs/compute/service-capacity';
import { ServiceScaling } from '../../../src/constructs/compute/service-scaling';
import { SpotCapacity } from '../../../src/constructs/compute/spot-capacity';
import { ZoneSizing } from '../../../src/constructs/compute/zone-sizing';
import { CodeDeployDelivery } from '../../../src/constructs/delivery/code-deploy-delivery';
import { ServiceRendering } from '../../../src/private/service-rendering';
import type { Scenarios, ScenarioStack } from '../scenario';

const clusterOf = (stack: ScenarioStack) => new TradingCluster(stack, 'Cluster', { vpc: stack.vpc }).cluster;

/** A function as its manifest sizes it. Every manifest says `memoryMiB` and `timeoutSeconds`; these are the documents' figures. */
function functionOf(memoryMiB: number, timeoutSeconds: number): ServiceDefinition {
  const rendering = new ServiceRendering({ serviceName: 'settlement', kind: 'function', internetEgress: false, handler: 'handler', memoryMiB, timeoutSeconds });
  return Reflect.construct(ServiceDefinition, [rendering.done()]) as ServiceDefinition;
}

interface Delivered { readonly service: TradingService; readonly ingress: TradingLoadBalancer }

function behindLoadBalancer(stack: ScenarioStack, deploymentController?: ecs.DeploymentControllerType): Delivered {
  const service = new TradingService(stack, 'Api', { cluster: clusterOf(stack), definition: stack.definition(), deploymentController });
  return { service, ingress: new TradingLoadBalancer(stack, 'Ingress', { vpc: stack.vpc, service, certificate: stack.certificate, accessLogs: stack.accessLogs }) };
}

export const compute: Scenarios = {
  fargate: (stack) => {
    new TradingService(stack, 'Api', {
      cluster: clusterOf(stack),
      definition: stack.definition(),
      sizing: ZoneSizing.forTasks(10),
      maxCapacity: 100,
      scaling: [ServiceScaling.cpu(), ServiceScaling.memory(), ServiceScaling.queueDepth({ queue: stack.queue('orders'), messagesPerTask: 100 })],
      collector: { prometheusPort: 9464 },
    });
  },
  connectionScaling: (stack) => {
    new TradingService(stack, 'Api', {
      cluster: clusterOf(stack),
      definition: stack.definition(),
      maxCapacity: 20,
      scaling: [ServiceScaling.connections({ metric: new cloudwatch.Metric({ namespace: 'Trading', metricName: 'Connections' }), connectionsPerTask: 5_000 })],
    });
  },
  requestSizing: (stack) => {
    const sizing = ZoneSizing.forRequests({ requestsPerSecond: 500, requestsPerSecondPerTask: 150 });
    new TradingService(stack, 'Api', { cluster: clusterOf(stack), definition: stack.definition(), sizing, maxCapacity: 10 });
  },
  referenceApi: (stack) => {
    const definition = ServiceDefinition.referenceApi({
      journalStream: stack.stream,
      cache: stack.cache,
      cacheAuthToken: stack.cacheAuthToken,
      ledger: stack.ledger(),
      userPool: cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi'),
      userPoolClient: cognito.UserPoolClient.fromUserPoolClientId(stack, 'Client', 'client'),
    });
    new TradingService(stack, 'Api', { cluster: clusterOf(stack), definition });
  },
  httpsTargets: (stack) => {
    const service = new TradingService(stack, 'Api', { cluster: clusterOf(stack), definition: stack.definition(), protocol: ServiceProtocol.HTTPS });
    new TradingLoadBalancer(stack, 'Ingress', { vpc: stack.vpc, service, certificate: stack.certificate, accessLogs: stack.accessLogs });
  },
  dedicatedHardware: (stack) => { new DedicatedCapacity(stack, 'Matchers', { cluster: clusterOf(stack), dedicatedHardware: true }); },
  fargateSpot: (stack) => {
    new TradingService(stack, 'Reports', { cluster: clusterOf(stack), definition: stack.definition(), capacity: ServiceCapacity.fargateSpot(0) });
  },
  spotWorkers: (stack) => {
    const cluster = clusterOf(stack);
    const spotCapacity = new SpotCapacity(stack, 'Spot', { cluster });
    new SpotWorkers(stack, 'Workers', { cluster, definition: stack.definition(), spotCapacity });
  },
  heavyBacktests: (stack) => {
    new SpotWorkers(stack, 'Backtests', { cluster: clusterOf(stack), definition: stack.definition(), queue: stack.queue('backtests'), maxCapacity: 50 });
  },
  matcher: (stack) => {
    const cluster = clusterOf(stack);
    const dedicatedCapacity = new DedicatedCapacity(stack, 'Matchers', { cluster, instanceType: new ec2.InstanceType('c5.2xlarge') });
    new MatchingService(stack, 'Matching', {
      cluster,
      dedicatedCapacity,
      cpuArchitecture: ecs.CpuArchitecture.X86_64,
      settlementQueue: stack.queue('settlement.fifo'),
      journalStream: stack.stream,
      leaseTable: dynamodb.Table.fromTableName(stack, 'Leases', 'leases'),
      snapshotBucket: stack.store,
      cache: stack.cache,
      cacheAuthToken: stack.cacheAuthToken,
    });
  },
  fargateMatcher: (stack) => {
    new MatchingService(stack, 'Matching', {
      cluster: clusterOf(stack),
      settlementQueue: stack.queue('settlement.fifo'),
      journalStream: stack.stream,
      leaseTable: dynamodb.Table.fromTableName(stack, 'Leases', 'leases'),
      snapshotBucket: stack.store,
      cache: stack.cache,
      cacheAuthToken: stack.cacheAuthToken,
    });
  },
  nightly: (stack) => { new ScheduledTask(stack, 'HistorySync', { cluster: clusterOf(stack), definition: stack.definition() }); },
  lightBacktests: (stack) => { new TradingFunction(stack, 'Backtest', { vpc: stack.vpc, definition: functionOf(3008, 900) }); },
  userService: (stack) => { new TradingFunction(stack, 'Users', { vpc: stack.vpc, definition: functionOf(1024, 10) }); },
  orderProcessing: (stack) => {
    const definition = ServiceDefinition.settlement({
      settlementQueue: stack.queue('settlement.fifo'), deadLetterQueue: stack.queue('halted.fifo'), ledger: stack.ledger(),
    });
    new TradingFunction(stack, 'Settlement', { vpc: stack.vpc, definition });
  },
  images: (stack) => { new ServiceRepository(stack, 'Images'); },
  pipeline: (stack) => {
    const role = new GitHubDeployRole(stack, 'Deploy', { repository: 'desk/platform', branches: ['main'] });
    role.allowCdkDeployment();
    role.allowPush(new ServiceRepository(stack, 'Images').repository);
  },
  blueGreen: (stack) => {
    new ProgressiveDelivery(stack, 'Delivery', { ...behindLoadBalancer(stack), plan: DeploymentPlan.blueGreen({ bakeTime: Duration.minutes(10) }), rollbackAlarms: [stack.alarm] });
  },
  codeDeploy: (stack) => {
    new CodeDeployDelivery(stack, 'Delivery', { ...behindLoadBalancer(stack, ecs.DeploymentControllerType.CODE_DEPLOY), rollbackAlarms: [stack.alarm] });
  },
  recovery: (stack) => {
    const objective = RecoveryObjective.MULTI_REGION_EXCHANGE;
    new ResiliencePolicy(stack, 'Policy', { objective });
    const clusterArns = ['us-east-1', 'us-west-2'].map((region) => `arn:aws:rds:${region}:111111111111:cluster:ledger`);
    new RegionSwitchPlan(stack, 'Plan', {
      primaryRegion: 'us-east-1', secondaryRegion: 'us-west-2', objective,
      steps: [RegionSwitchStep.promoteDatabase('promote-ledger', { globalClusterIdentifier: 'ledger', clusterArns })],
    });
    new ZonePowerDrill(stack, 'ZoneDrill', { availabilityZone: 'us-east-1a', stopAlarms: [stack.alarm] });
    new RegionDrill(stack, 'RegionDrill', { isolatedRegion: 'us-west-2', stopAlarms: [stack.alarm] });
  },
  zoneRecovery: (stack) => { new ResiliencePolicy(stack, 'Policy', { objective: RecoveryObjective.GATEWAY_EXCHANGE }); },
};
