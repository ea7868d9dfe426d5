import type { CheckFactory } from './system-check';
import { tradeCheck } from './trade';

/** The check of each system, by its class. */
export const CHECKS: Readonly<Record<string, CheckFactory>> = {
  RealtimeSimulator: tradeCheck,
};
