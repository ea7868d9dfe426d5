import { Duration, Token } from 'aws-cdk-lib';
import type { Faults } from './faults';

/** Adds a fault for each of these props that is an unresolved token, because the construct calculates with it at synthesis. */
export function checkPlain(faults: Faults, values: Record<string, number | Duration | undefined>): void {
  for (const [prop, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const unresolved = value instanceof Duration ? value.isUnresolved() : Token.isUnresolved(value);
    faults.check(!unresolved, `\`${prop}\` must be a plain value, got an unresolved token; read it from the context instead of a parameter`);
  }
}
