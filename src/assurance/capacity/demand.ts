/** How much of a quota a part of a system takes. */
export interface Demand {
  /** Name of the quota. */
  readonly quotaId: string;
  /** Region that counts it. */
  readonly region: string;
  /** What takes it: a construct path, or what the region's total is made of. */
  readonly subject: string;
  /** How much, in the quota's unit. */
  readonly value: number;
  /**
   * Limit where it is not the quota's own: a database's connections depend on its size.
   *
   * @default - the quota's limit, or what was granted
   */
  readonly limit?: number;
}
