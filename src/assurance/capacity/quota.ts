/** Whether AWS raises a limit when asked. */
export enum QuotaKind {
  /** No request raises it: the system must be built differently. */
  HARD = 'HARD',
  /** AWS raises it on request, or is not known to refuse. */
  SOFT = 'SOFT',
}

/** A limit of AWS that a system can run into. */
export interface Quota {
  /** Name of the limit in this library, such as `fargate.vcpu`. */
  readonly id: string;
  /** What a fresh account has. */
  readonly limit: number;
  /** What is counted. */
  readonly unit: string;
  /** Whether it can be raised. */
  readonly kind: QuotaKind;
  /** What to do when it is too low. */
  readonly remedy: string;
  /**
   * Code in Service Quotas, with which an increase is asked for.
   *
   * @default - it is not in Service Quotas
   */
  readonly code?: string;
  /** Where the figure was read. */
  readonly source: string;
  /** Month in which it was read, as `yyyy-mm`. */
  readonly asOf: string;
}

/** An increase of a quota that AWS has granted. */
export interface QuotaIncrease {
  /** Name of the quota in this library, such as `fargate.vcpu`. */
  readonly quotaId: string;
  /** The value that was granted, in the quota's unit. */
  readonly granted: number;
  /**
   * Region that it was granted in.
   *
   * @default - every region of the system
   */
  readonly region?: string;
}
