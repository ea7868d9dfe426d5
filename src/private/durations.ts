import type { Duration } from 'aws-cdk-lib';
import type { Faults } from './faults';

/** Adds a fault unless the duration is in whole seconds between the two. */
export function between(faults: Faults, prop: string, value: Duration | undefined, least: number, most: number, range: string): void {
  if (value === undefined || value.isUnresolved()) return;
  const seconds = value.toSeconds({ integral: false });
  faults.check(Number.isInteger(seconds) && seconds >= least && seconds <= most, `\`${prop}\` must be from ${range}, got: ${value.toHumanString()}`);
}
