import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as servicediscovery from 'aws-cdk-lib/aws-servicediscovery';
import * as triggers from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';
import type { BareAppPlan, Budget } from './bare-app-budget';
import { around, type Shared, SUBNETS } from './bare-app-shared';

/** Values that a process is told: what the services of the systems are told, on average. */
const VARIABLES = 13;

/** Functions, tasks, services and what is in front of them, with the permissions and the environment that they need to work. */
export class ComputeBuilder {
  private code = 0;
  private image = 0;

  constructor(
    private readonly scope: Construct,
    private readonly budget: Budget,
    private readonly shared: Shared,
    private readonly plan: BareAppPlan,
    private readonly groups: readonly ec2.SecurityGroup[],
  ) {}

  build(): lambda.Function[] {
    const { budget, scope, shared } = this;
    budget.each('Kinesis::StreamConsumer', (id, index) => new kinesis.StreamConsumer(scope, id, {
      stream: around(shared.streams, 0), streamConsumerName: `consumer-${index}`,
    }));
    const functions = this.functions();
    this.services();
    // Roles and policies of nothing in particular, where a stack has more of them than its functions and tasks need.
    const roles = budget.each('IAM::Role', (id) => this.role(id, 'lambda.amazonaws.com'));
    budget.each('IAM::ManagedPolicy', (id, index) => new iam.ManagedPolicy(scope, id, {
      roles: roles.length > 0 ? [around(roles, index)] : [], statements: [statement('s3:GetObject')],
    }));
    budget.each('IAM::Policy', (id, index) => new iam.Policy(scope, id, { roles: [around(roles, index)], statements: [statement('s3:GetObject')] }));
    budget.each('Logs::LogGroup', (id) => new logs.LogGroup(scope, id, { retention: logs.RetentionDays.SIX_MONTHS }));
    return functions;
  }

  private functions(): lambda.Function[] {
    const { budget, scope, shared } = this;
    const runs = budget.take('Custom::Trigger', Infinity);
    // The triggers' own function and its role, one of each in a stack.
    if (runs > 0) budget.take('Lambda::Function');
    if (runs > 0) budget.take('IAM::Role');
    const functions = budget.each('Lambda::Function', (id) => this.function(id));
    functions.slice(0, runs).forEach((handler, index) => {
      budget.take('Lambda::Version');
      new triggers.Trigger(scope, `Run${index}`, { handler, timeout: Duration.minutes(10) });
    });
    const consumers = functions.slice(runs);
    const policies = budget.each('Lambda::EventSourceMapping', (id, index) => {
      const queue = around(shared.queues, index);
      const target = around(consumers, index);
      queue.grantConsumeMessages(target);
      return new lambda.EventSourceMapping(scope, id, { target, eventSourceArn: queue.queueArn, batchSize: 10 });
    });
    budget.each('Lambda::Version', (_, index) => around(functions, policies.length + index).currentVersion);
    return functions;
  }

  private function(id: string): lambda.Function {
    const { budget, scope, shared } = this;
    budget.take('IAM::Role');
    const role = this.role(`${id}Role`, 'lambda.amazonaws.com');
    const granted = budget.take('IAM::Policy') > 0;
    const handler = new lambda.Function(scope, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      architecture: lambda.Architecture.ARM_64,
      handler: 'main.handler',
      code: lambda.Code.fromAsset(around(this.plan.code, this.code++)),
      role: granted ? role : role.withoutPolicyUpdates(),
      environment: this.environment(),
      logGroup: this.logGroup(`${id}Logs`),
      ...(this.groups.length > 0 && shared.vpc ? { vpc: shared.vpc, vpcSubnets: SUBNETS, securityGroups: [around(this.groups, this.code)] } : {}),
    });
    if (granted) this.grant(handler);
    return handler;
  }

  private services(): void {
    const { budget, scope, shared, groups } = this;
    if (budget.count('ECS::Cluster') === 0) return;
    budget.take('ECS::Cluster');
    const enableFargateCapacityProviders = budget.take('ECS::ClusterCapacityProviderAssociations') > 0;
    const containerInsightsV2 = ecs.ContainerInsights.ENABLED;
    const cluster = new ecs.Cluster(scope, 'Cluster', { vpc: shared.vpc!, enableFargateCapacityProviders, containerInsightsV2 });
    const services = budget.each('ECS::TaskDefinition', (id, index) => {
      budget.take('ECS::Service');
      return new ecs.FargateService(scope, `${id}Service`, {
        cluster,
        taskDefinition: this.task(id),
        vpcSubnets: SUBNETS,
        securityGroups: [around(groups, index)],
        desiredCount: 3,
        circuitBreaker: { enable: true },
        minHealthyPercent: 100,
      });
    });
    const [namespace] = budget.each('ServiceDiscovery::PrivateDnsNamespace', (id) => (
      new servicediscovery.PrivateDnsNamespace(scope, id, { name: 'exchange.internal', vpc: shared.vpc! })));
    budget.each('ServiceDiscovery::Service', (id, index) => (
      services[index].associateCloudMapService({ service: namespace.createService(id, { dnsRecordType: servicediscovery.DnsRecordType.A }) })));
    budget.each('ElasticLoadBalancingV2::LoadBalancer', (id) => {
      shared.loadBalancer = new elbv2.ApplicationLoadBalancer(scope, id, { vpc: shared.vpc!, vpcSubnets: SUBNETS, securityGroup: groups[0] });
    });
    budget.each('ElasticLoadBalancingV2::Listener', (id) => {
      budget.take('ElasticLoadBalancingV2::TargetGroup');
      shared.loadBalancer!.addListener(id, { port: 80, open: false }).addTargets('Target', { port: 80, healthCheck: { path: '/health' } });
    });
    budget.each('ApplicationAutoScaling::ScalableTarget', (_, index) => {
      const scaling = services[index].autoScaleTaskCount({ minCapacity: 3, maxCapacity: 30 });
      if (budget.take('ApplicationAutoScaling::ScalingPolicy') > 0) scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70 });
      if (budget.take('ApplicationAutoScaling::ScalingPolicy') > 0) scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 70 });
    });
  }

  private task(id: string): ecs.FargateTaskDefinition {
    const { budget, scope, shared } = this;
    budget.take('IAM::Role', 2);
    budget.take('IAM::Policy', 2);
    const task = new ecs.FargateTaskDefinition(scope, id, {
      cpu: 1024,
      memoryLimitMiB: 2048,
      taskRole: this.role(`${id}TaskRole`, 'ecs-tasks.amazonaws.com'),
      executionRole: this.role(`${id}ExecutionRole`, 'ecs-tasks.amazonaws.com'),
    });
    task.addContainer('Main', {
      image: ecs.ContainerImage.fromAsset(around(this.plan.images, this.image++)),
      environment: this.environment(),
      secrets: { SECRET: ecs.Secret.fromSecretsManager(around(shared.secrets, this.image)) },
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: id, logGroup: this.logGroup(`${id}Logs`) }),
      portMappings: [{ containerPort: 80 }],
      healthCheck: { command: ['CMD', 'node', 'health.js'] },
    });
    this.grant({ grantPrincipal: task.taskRole });
    return task;
  }

  private role(id: string, service: string): iam.Role {
    return new iam.Role(this.scope, id, { assumedBy: new iam.ServicePrincipal(service) });
  }

  private logGroup(id: string): logs.LogGroup | undefined {
    return this.budget.take('Logs::LogGroup') > 0 ? new logs.LogGroup(this.scope, id, { retention: logs.RetentionDays.SIX_MONTHS }) : undefined;
  }

  /** What a service of a trading system does: reads a log, writes another, tables and objects, sends to a queue, tells operators, reads a secret. */
  private grant(grantee: iam.IGrantable): void {
    const { tables, streams, queues, secrets, buckets, topic } = this.shared;
    if (streams.length > 0) around(streams, 0).grantRead(grantee);
    if (streams.length > 1) around(streams, 1).grantWrite(grantee);
    if (buckets.length > 0) around(buckets, 0).grantReadWrite(grantee);
    topic?.grantPublish(grantee);
    if (tables.length > 0) for (let index = 0; index < 2; index++) around(tables, this.code + index).grantReadWriteData(grantee);
    if (queues.length > 0) around(queues, this.image).grantSendMessages(grantee);
    if (secrets.length > 0) around(secrets, this.image).grantRead(grantee);
  }

  /** Half of the values are names of resources. */
  private environment(): Record<string, string> {
    const { tables, streams, queues } = this.shared;
    const names = [
      ...tables.map(({ tableName }) => tableName), ...streams.map(({ streamName }) => streamName), ...queues.map(({ queueUrl }) => queueUrl),
    ];
    const valueOf = (index: number): string => (index % 2 === 0 && names.length > 0 ? around(names, index) : 'text');
    return Object.fromEntries(Array.from({ length: VARIABLES }, (_, index) => [`VALUE_${index}`, valueOf(index)]));
  }
}

function statement(action: string): iam.PolicyStatement {
  return new iam.PolicyStatement({ actions: [action], resources: ['arn:aws:s3:::a-bucket/*'] });
}
