import { Duration, Size, Token } from 'aws-cdk-lib';
import * as appscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { HardenedTask } from './hardened-task';
import { ServiceCapacity } from './service-capacity';
import { SpotCapacity } from './spot-capacity';
import { TaskOptions } from './task-options';
import { alarm } from '../../private/alarms';
import { checkEgress, connectivity } from '../../private/connectivity';
import { containerService } from '../../private/container-service';
import { logKey } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { ServiceDefinition } from '../../private/services.generated';
import { checkSingleWriter } from '../../private/single-writers';

/** Properties of `SpotWorkers`. */
export interface SpotWorkersProps extends TaskOptions {
  /** The worker and what it needs, a container of this package that takes its work from `queue`. */
  readonly definition: ServiceDefinition;

  /**
   * Queue of work. Its visibility timeout must be longer than one piece of work takes, so that an interrupted one comes back.
   *
   * @default - none: `minCapacity` workers run all the time
   */
  readonly queue?: sqs.IQueue;

  /**
   * Workers that run at least.
   *
   * @default - 0 with a queue, 1 without
   */
  readonly minCapacity?: number;

  /**
   * Workers that run at most.
   *
   * @default - 20 with a queue, the same as minCapacity without
   */
  readonly maxCapacity?: number;

  /**
   * Messages, waiting or in work, for which there should be one worker.
   *
   * @default 10
   */
  readonly messagesPerWorker?: number;

  /**
   * Workers, of those that run, that run on Fargate on demand and so are never taken back by AWS. Not with `spotCapacity`.
   *
   * @default 0
   */
  readonly onDemandBase?: number;

  /**
   * EC2 Spot instances to run on, cheaper than Fargate Spot for workers that are many or large.
   *
   * @default - Fargate Spot
   */
  readonly spotCapacity?: SpotCapacity;

  /**
   * How long a piece of work may wait before the alarm fires.
   *
   * @default Duration.hours(1)
   */
  readonly maxWait?: Duration;

  /**
   * How long a worker may take to put its work back after it was told to stop. AWS takes Spot capacity back after two minutes, which
   * is also what Fargate allows at most.
   *
   * @default Duration.seconds(120)
   */
  readonly stopTimeout?: Duration;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * Workers on Spot capacity whose number follows a queue, down to none. A worker that AWS takes back is told two minutes before: it stops
 * taking work, and what it cannot finish becomes visible in the queue again.
 */
export class SpotWorkers extends Construct implements ec2.IConnectable {
  /** The service. */
  public readonly service: ecs.BaseService;
  /** Task definition of a worker. */
  public readonly taskDefinition: ecs.TaskDefinition;
  /** Role of the code: what the manifest asks for. */
  public readonly taskRole: iam.Role;
  /** Logs of the workers. */
  public readonly logGroup: logs.LogGroup;
  /** Scaling; undefined without a queue. */
  public readonly scaling?: ecs.ScalableTaskCount;
  /** Fires when work waits too long; undefined without a queue. */
  public readonly waitAlarm?: cloudwatch.Alarm;
  /** Security group of the workers. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the workers. */
  public readonly connections: ec2.Connections;

  public constructor(scope: Construct, id: string, props: SpotWorkersProps) {
    super(scope, id);
    const { queue, cluster } = props;
    const rendering = props.definition._rendering();
    const { manifest } = rendering;
    const minimum = props.minCapacity ?? (queue === undefined ? 1 : 0);
    const maximum = props.maxCapacity ?? (queue === undefined ? minimum : Math.max(20, minimum));
    const perWorker = props.messagesPerWorker ?? 10;
    const stopTimeout = props.stopTimeout ?? Duration.seconds(120);
    const base = props.onDemandBase ?? 0;
    const faults = new Faults(this.node.path);
    checkPlain(faults, { minCapacity: props.minCapacity, maxCapacity: props.maxCapacity, messagesPerWorker: perWorker, onDemandBase: base });
    faults.check(manifest.kind === 'container', `\`definition\` must be a container, got the function '${manifest.serviceName}'; use TradingFunction`);
    checkSingleWriter(faults, manifest, true, 'definition');
    checkEgress(faults, cluster.vpc, manifest, props.vpcSubnets);
    faults.check(props.spotCapacity === undefined || base === 0, `\`onDemandBase\` is for Fargate; leave it out with \`spotCapacity\`, got: ${base}`);
    faults.check(Number.isInteger(minimum) && Number.isInteger(maximum) && minimum >= 0 && maximum >= Math.max(minimum, 1), `\`minCapacity\` must be 0 or more and not above \`maxCapacity\`, got: ${minimum} and ${maximum}`);
    faults.check(queue !== undefined || maximum === minimum, `\`queue\` must be given for the number of workers to follow it, got: ${minimum} to ${maximum} workers and no queue`);
    faults.check(Token.isUnresolved(perWorker) || perWorker >= 1, `\`messagesPerWorker\` must be 1 or more, got: ${perWorker}`);
    faults.check(Number.isInteger(base) && base >= 0 && base <= maximum, `\`onDemandBase\` must be from 0 to ${maximum}, got: ${base}`);
    faults.check(stopTimeout.isUnresolved() || (stopTimeout.toSeconds() >= 30 && stopTimeout.toSeconds() <= 120), `\`stopTimeout\` must be from 30 to 120 seconds, what AWS leaves an interrupted task, got: ${stopTimeout.toHumanString()}`);
    faults.throwIfAny();

    const capacity = props.spotCapacity === undefined ? ServiceCapacity.fargateSpot(base) : ServiceCapacity.ec2Spot(props.spotCapacity);
    const task = new HardenedTask(this, 'Task', rendering, {
      ...props,
      stopTimeout,
      cpu: props.cpu ?? 1024,
      memory: props.memory ?? Size.mebibytes(2048),
      cpuArchitecture: props.cpuArchitecture ?? capacity.cpuArchitecture,
      isEc2: capacity.isEc2,
      encryptionKey: logKey(this, 'LogKey', props.encryptionKey),
    });
    this.taskDefinition = task.taskDefinition;
    this.taskRole = task.taskRole;
    this.logGroup = task.logGroup;
    const network = connectivity(this, cluster.vpc, rendering, props);
    this.securityGroup = network.securityGroup;
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup] });
    this.service = containerService(this, {
      cluster,
      taskDefinition: this.taskDefinition,
      capacity,
      minimum,
      isScaled: queue !== undefined,
      minHealthyPercent: 0,
      maxHealthyPercent: 200,
      rebalances: true,
      vpcSubnets: network.vpcSubnets,
      securityGroup: this.securityGroup,
    });
    if (queue === undefined) return;
    this.scaling = this.service.autoScaleTaskCount({ minCapacity: minimum, maxCapacity: maximum });
    if (maximum > minimum) {
      this.scaling.scaleOnMetric('Backlog', {
        metric: backlog(queue),
        adjustmentType: appscaling.AdjustmentType.EXACT_CAPACITY,
        scalingSteps: steps(minimum, maximum, perWorker),
        cooldown: Duration.minutes(1),
        evaluationPeriods: 1,
      });
    }
    const maxWait = props.maxWait ?? Duration.hours(1);
    this.waitAlarm = alarm(this, 'WaitAlarm', {
      metric: queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM }),
      description: `Work of ${manifest.serviceName} waits longer than ${maxWait.toHumanString()}: workers fail, or AWS has no Spot capacity. Raise onDemandBase for the latter.`,
      threshold: maxWait.toSeconds(),
      periods: 5,
      actions: props.alarmActions,
    });
  }

  /** CPU that the workers use, in percent of what they have. Average of five minutes unless said otherwise. */
  public metricCpuUtilization(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.service.metricCpuUtilization(options);
  }
}

/** Waiting and in work: without the latter, the last worker would be stopped in the middle of the last message. */
function backlog(queue: sqs.IQueue): cloudwatch.MathExpression {
  const options = { period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM };
  return new cloudwatch.MathExpression({
    expression: 'waiting + working',
    label: 'Messages, waiting or in work',
    period: Duration.minutes(1),
    usingMetrics: {
      waiting: queue.metricApproximateNumberOfMessagesVisible(options),
      working: queue.metricApproximateNumberOfMessagesNotVisible(options),
    },
  });
}

/** Doubles the workers with the backlog: 0, 1, 2, 4 … up to the maximum, each for what the one before cannot bear. */
function steps(minimum: number, maximum: number, perWorker: number): appscaling.ScalingInterval[] {
  const result: appscaling.ScalingInterval[] = [{ upper: 1, change: minimum }];
  let lower = 1;
  for (let workers = 1; workers < maximum; workers *= 2) {
    const upper = workers * perWorker + 1;
    result.push({ lower, upper, change: Math.max(minimum, workers) });
    lower = upper;
  }
  result.push({ lower, change: maximum });
  return result;
}
