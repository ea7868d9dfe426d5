import { Token } from 'aws-cdk-lib';
import type { Faults } from './faults';

/**
 * Adds a fault unless a prop is a whole number within bounds. An unresolved token is a fault too: what follows from the number, such
 * as the names of nodes, must be known when the template is made. Without an upper
 * bound, `max` is Infinity.
 */
export function checkWhole(faults: Faults, prop: string, value: number, min: number, max: number, why?: string): void {
  const known = !Token.isUnresolved(value);
  const bounds = Number.isFinite(max) ? ` from ${min} to ${max}` : `, at least ${min}`;
  faults.check(known && Number.isInteger(value) && value >= min && value <= max,
    `\`${prop}\` must be a whole number${bounds}${why === undefined ? '' : `, ${why}`}, got: ${known ? value : 'an unresolved token; read it from the context instead of a parameter'}`);
}
