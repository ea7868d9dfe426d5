import { Duration, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Faults } from '../../private/faults';
import { trackPerTask } from '../../private/per-task-scaling';

/** Scaling on open connections. */
export interface ConnectionScalingOptions {
  /**
   * Open connections of all tasks together, for example `TradingLoadBalancer.metricActiveConnections()` or a metric of the service's own.
   * A metric, not an expression.
   */
  readonly metric: cloudwatch.Metric;

  /** Connections that one task carried within its latency target, as a load test measured it. */
  readonly connectionsPerTask: number;

  /**
   * How often the metric counts one connection. A load balancer counts a WebSocket twice: from its client and to its task.
   *
   * @default 1
   */
  readonly countsPerConnection?: number;

  /**
   * Share of `connectionsPerTask`, in percent, that a task has on average.
   *
   * @default 70
   */
  readonly targetPercent?: number;
}

/** Scaling on a queue. */
export interface QueueScalingOptions {
  /** Queue that the tasks work off. */
  readonly queue: sqs.IQueue;

  /** Messages that may wait for each task: the longest bearable wait divided by the time that one message takes. */
  readonly messagesPerTask: number;
}

/**
 * What the number of tasks follows. Several of these together act like the one that wants most tasks; tasks go only when all of them
 * agree.
 */
export class ServiceScaling {
  /**
   * CPU, in percent of what the tasks have.
   *
   * @throws Error when the target is not from 10 to 90
   */
  public static cpu(targetPercent = 70): ServiceScaling {
    checkShare('cpu', targetPercent);
    return new ServiceScaling('Cpu', (scaling) => scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: targetPercent, ...COOLDOWN }));
  }

  /**
   * Memory, in percent of what the tasks have.
   *
   * @throws Error when the target is not from 10 to 90
   */
  public static memory(targetPercent = 70): ServiceScaling {
    checkShare('memory', targetPercent);
    return new ServiceScaling('Memory', (scaling) => scaling.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: targetPercent, ...COOLDOWN }));
  }

  /**
   * Open connections per task, against what a task was measured to carry. The cluster must have Container Insights, which count the tasks.
   *
   * @throws Error when a number is not possible
   */
  public static connections(options: ConnectionScalingOptions): ServiceScaling {
    const { metric, connectionsPerTask, countsPerConnection = 1, targetPercent = 70 } = options;
    const faults = new Faults('ServiceScaling.connections');
    above0(faults, { connectionsPerTask, countsPerConnection });
    share(faults, targetPercent);
    faults.throwIfAny();
    const target = connectionsPerTask * countsPerConnection * targetPercent / 100;
    return new ServiceScaling('Connections', (scaling, service) => trackPerTask(scaling, 'Connections', { service, metric, target }));
  }

  /**
   * Messages that wait, per task. The cluster must have Container Insights, which count the tasks.
   *
   * @throws Error when a number is not possible
   */
  public static queueDepth(options: QueueScalingOptions): ServiceScaling {
    const { queue, messagesPerTask } = options;
    const faults = new Faults('ServiceScaling.queueDepth');
    above0(faults, { messagesPerTask });
    faults.throwIfAny();
    const metric = queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MAXIMUM });
    return new ServiceScaling('QueueDepth', (scaling, service) => trackPerTask(scaling, 'QueueDepth', { service, metric, target: messagesPerTask }));
  }

  private constructor(
    /** What it follows: `Cpu`, `Memory`, `Connections` or `QueueDepth`. A service has each of them once. */
    public readonly name: string,
    private readonly apply: (scaling: ecs.ScalableTaskCount, service: ecs.BaseService) => void,
  ) {}

  /** @internal */
  public _apply(scaling: ecs.ScalableTaskCount, service: ecs.BaseService): void {
    this.apply(scaling, service);
  }
}

/** Out fast, in slowly: a task that goes takes its WebSockets along. */
const COOLDOWN = { scaleInCooldown: Duration.minutes(5), scaleOutCooldown: Duration.seconds(30) };

function checkShare(factory: string, percent: number): void {
  const faults = new Faults(`ServiceScaling.${factory}`);
  share(faults, percent);
  faults.throwIfAny();
}

function share(faults: Faults, percent: number): void {
  faults.check(Token.isUnresolved(percent) || (percent >= 10 && percent <= 90), `\`targetPercent\` must be from 10 to 90, got: ${percent}`);
}

function above0(faults: Faults, values: Record<string, number>): void {
  for (const [name, value] of Object.entries(values)) {
    faults.check(!Token.isUnresolved(value), `\`${name}\` must be a plain value, got an unresolved token; read it from the context instead of a parameter`);
    faults.check(Token.isUnresolved(value) || value > 0, `\`${name}\` must be above 0, got: ${value}`);
  }
}
