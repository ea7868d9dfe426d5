/** What the environment says of how requests are admitted. */
import { z } from 'zod';
import { ConfigurationError } from '../runtime';
import { type Allowances, allowances } from './http/limits';

/** Orders of one user in a second, averaged over ten, unless said otherwise. */
const ORDERS_PER_SECOND = 400;
/** WebSockets of one account that are open at once, in one task, unless said otherwise. */
const CONNECTIONS_PER_ACCOUNT = 20;
/** Shortest time between two resets of an account, unless said otherwise. */
const SECONDS_BETWEEN_RESETS = 60;

const schema = z.strictObject({
  trustedProxies: z.int().min(0).max(5).default(0),
  ordersPerSecond: z.int().min(1).max(100_000).default(ORDERS_PER_SECOND),
  connectionsPerAccount: z.int().min(1).max(100_000).default(CONNECTIONS_PER_ACCOUNT),
  secondsBetweenResets: z.int().min(0).max(86_400).default(SECONDS_BETWEEN_RESETS),
});

export interface Admission {
  readonly trustedProxies: number;
  readonly allowances: Allowances;
  readonly connectionsPerAccount: number;
  readonly secondsBetweenResets: number;
}

/** Reads `ADMISSION`. @throws ConfigurationError */
export function admissionOf(value: unknown): Admission {
  const parsed = schema.safeParse(value ?? {});
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
    throw new ConfigurationError(`reference-api cannot start: ADMISSION: ${problems.join('; ')}`);
  }
  const { ordersPerSecond, ...admission } = parsed.data;
  return { ...admission, allowances: allowances(ordersPerSecond) };
}
