import type { Platform } from '../platform';

/** The flow that a system's document describes, step by step, seen from outside. */
export interface SystemCheck {
  /** The steps in their order; each one builds on those before. A step that throws ends the check. */
  steps(): [string, () => Promise<void>][];
  /** Lets go of connections. */
  close(): Promise<void>;
}

/** Makes the check of a running system. @throws LocalError when the assembly lacks what it looks at */
export type CheckFactory = (platform: Platform, signal: AbortSignal) => SystemCheck;
