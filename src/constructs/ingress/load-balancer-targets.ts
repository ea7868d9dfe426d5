import { Duration } from 'aws-cdk-lib';

/** How a load balancer finds out whether a task is well. */
export interface LoadBalancerHealthCheck {
  /**
   * Path that answers 200 while a task is well.
   *
   * @default - the health path of the service
   */
  readonly path?: string;

  /**
   * How often a task is asked: 5 to 300 seconds.
   *
   * @default Duration.seconds(10)
   */
  readonly interval?: Duration;

  /**
   * How long an answer may take: 2 to 120 seconds, and less than `interval`.
   *
   * @default Duration.seconds(5)
   */
  readonly timeout?: Duration;

  /**
   * Good answers in a row after which a task gets clients, from 2 to 10.
   *
   * @default 2
   */
  readonly healthyThreshold?: number;

  /**
   * Missing answers in a row after which a task gets no new clients, from 2 to 10. Its open WebSockets stay until they are closed.
   *
   * @default 2
   */
  readonly unhealthyThreshold?: number;
}

/** How connections are spread over the tasks of a service, and how they end. */
export interface LoadBalancerTargetOptions {
  /**
   * How long a client stays with the task that answered it first, at most a week.
   *
   * @default Duration.days(1)
   */
  readonly stickiness?: Duration;

  /**
   * How long a session of a client lives. Stickiness that ends before it would move the client to a task that does not know it, and is
   * an error.
   *
   * @default - not longer than `stickiness`
   */
  readonly sessionLifetime?: Duration;

  /**
   * How long a task that is going away keeps its open connections, at most an hour.
   *
   * @default Duration.seconds(60)
   */
  readonly deregistrationDelay?: Duration;

  /**
   * Time over which a new task's share of the requests grows to that of the others: 30 seconds to 15 minutes. The requests then go round
   * in turn, because AWS does not combine a slow start with the choice of the least busy task.
   *
   * @default - none: new connections go to the task with the fewest
   */
  readonly slowStart?: Duration;

  /**
   * How the load balancer finds out whether a task is well. The defaults take a failed task out after 20 seconds.
   *
   * @default - every ten seconds at the health path of the service
   */
  readonly healthCheck?: LoadBalancerHealthCheck;
}
