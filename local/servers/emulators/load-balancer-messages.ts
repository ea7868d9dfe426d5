/** A target group's part of what its load balancer is started with. */
export interface GroupSettings {
  readonly id: string;
  readonly healthPath: string;
  /** Statuses that count as healthy, for example `200` or `200-299,301`. */
  readonly matcher: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Whether a request goes to the target with the fewest open ones rather than to the next in turn. */
  readonly leastOutstanding: boolean;
  /** Lifetime of the stickiness cookie; undefined: none. */
  readonly stickySeconds?: number;
}

/** What a load balancer is started with. */
export interface LoadBalancerSettings {
  readonly port: number;
  readonly idleSeconds: number;
  readonly defaultGroup: string;
  readonly rules: readonly { readonly paths: readonly string[]; readonly group: string }[];
  readonly groups: readonly GroupSettings[];
}

/** A process that takes requests. */
export interface Target {
  readonly id: string;
  readonly port: number;
}

export type TargetState = 'initial' | 'healthy' | 'unhealthy';

/** What the platform tells a load balancer. */
export interface LoadBalancerMessage {
  readonly group: string;
  readonly register?: Target;
  /** Id of a target. */
  readonly deregister?: string;
}
