import { Duration, Size, Token } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

/** Properties of `Workload`. */
export interface WorkloadProps {
  /** Requests per second that the system must keep up. */
  readonly requestsPerSecond: number;

  /**
   * Requests per second for a short time.
   *
   * @default - twice `requestsPerSecond`
   */
  readonly burstRequestsPerSecond?: number;

  /**
   * Share of requests that are orders, from 0 to 1.
   *
   * @default 0.3
   */
  readonly orderShare?: number;

  /**
   * Size of an order in the journal.
   *
   * @default - 220 bytes, an order with its ids as the reference services write it
   */
  readonly orderSize?: Size;

  /**
   * Share of orders that come from the busiest account, from 0 to 1.
   *
   * @default 0.05
   */
  readonly busiestAccountShare?: number;

  /**
   * Clients that are connected at the same time.
   *
   * @default - ten for each request per second
   */
  readonly clients?: number;

  /**
   * Requests per second that one task of the API answers in time. Measure it for tasks of your size.
   *
   * @default 125
   */
  readonly requestsPerTask?: number;

  /**
   * Time in which all clients are back after a loss.
   *
   * @default Duration.minutes(1)
   */
  readonly reconnectTime?: Duration;
}

/** What a system is built for: the figures that quotas are held against. */
export class Workload {
  /**
   * A workload.
   *
   * @throws Error that lists every figure that makes no sense
   */
  public static of(props: WorkloadProps): Workload {
    return new Workload(props);
  }

  /** Requests per second that the system keeps up. */
  public readonly requestsPerSecond: number;
  /** Requests per second for a short time. */
  public readonly burstRequestsPerSecond: number;
  /** Orders per second that the system keeps up. */
  public readonly ordersPerSecond: number;
  /** Bytes of an order in the journal. */
  public readonly orderBytes: number;
  /** Orders per second of the busiest account. */
  public readonly busiestAccountOrdersPerSecond: number;
  /** Clients that are connected at the same time. */
  public readonly clients: number;
  /** Requests per second that one task answers in time. */
  public readonly requestsPerTask: number;
  /** Seconds in which all clients are back after a loss. */
  public readonly reconnectSeconds: number;

  private constructor(props: WorkloadProps) {
    const orderShare = props.orderShare ?? 0.3;
    const accountShare = props.busiestAccountShare ?? 0.05;
    this.requestsPerSecond = props.requestsPerSecond;
    this.burstRequestsPerSecond = props.burstRequestsPerSecond ?? 2 * props.requestsPerSecond;
    this.ordersPerSecond = this.requestsPerSecond * orderShare;
    this.orderBytes = props.orderSize?.toBytes() ?? 220;
    this.busiestAccountOrdersPerSecond = this.ordersPerSecond * accountShare;
    this.clients = props.clients ?? 10 * props.requestsPerSecond;
    this.requestsPerTask = props.requestsPerTask ?? 125;
    this.reconnectSeconds = (props.reconnectTime ?? Duration.minutes(1)).toSeconds();
    const faults = new Faults('Workload');
    for (const [name, value] of Object.entries(props)) {
      faults.check(!Token.isUnresolved(value), `\`${name}\` must be known when the template is made, got a token`);
    }
    faults.check(this.requestsPerSecond > 0, `\`requestsPerSecond\` must be above 0, got: ${this.requestsPerSecond}`);
    faults.check(this.burstRequestsPerSecond >= this.requestsPerSecond,
      `\`burstRequestsPerSecond\` must not be below \`requestsPerSecond\` (${this.requestsPerSecond}), got: ${this.burstRequestsPerSecond}`);
    faults.check(orderShare >= 0 && orderShare <= 1, `\`orderShare\` must be from 0 to 1, got: ${orderShare}`);
    faults.check(accountShare >= 0 && accountShare <= 1, `\`busiestAccountShare\` must be from 0 to 1, got: ${accountShare}`);
    faults.check(this.requestsPerTask > 0, `\`requestsPerTask\` must be above 0, got: ${this.requestsPerTask}`);
    faults.check(this.clients >= 0, `\`clients\` must not be below 0, got: ${this.clients}`);
    faults.throwIfAny();
  }
}
