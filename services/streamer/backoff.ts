/** Limits of the wait before a connection is tried again. */
export interface BackoffLimits {
  /** Longest first wait, milliseconds. */
  readonly firstMs: number;
  /** Longest wait of all, milliseconds. */
  readonly lastMs: number;
}

/**
 * Milliseconds to wait before attempt `attempt` (from 0): anything between 0 and a limit that doubles, so that clients which lost
 * their connections together do not come back together.
 */
export function fullJitter(attempt: number, limits: BackoffLimits, random: () => number = Math.random): number {
  return random() * Math.min(limits.lastMs, limits.firstMs * 2 ** Math.min(attempt, 30));
}
