import { createHash } from 'node:crypto';
import type { Resource } from '../assembly/model';

/** How long a name may be and which form it has. */
export interface NameRules {
  readonly max: number;
  readonly lowercase?: boolean;
  /** Text that the name ends with, for example `.fifo`. */
  readonly suffix?: string;
}

/**
 * A physical name as CloudFormation would invent one, but the same at every run: kept data is found again. Like there, a name
 * that the template gives goes before it.
 */
export function physicalName(resource: Resource, given: unknown, rules: NameRules): string {
  if (typeof given === 'string' && given !== '') return given;
  const { max, lowercase = false, suffix = '' } = rules;
  const full = `${resource.stack.name}-${resource.logicalId}`.replace(/[^A-Za-z0-9-]/g, '-');
  const digest = createHash('sha256').update(resource.path).digest('hex').slice(0, 8);
  const name = `${full.slice(0, max - suffix.length - digest.length - 1)}-${digest}${suffix}`;
  return lowercase ? name.toLowerCase() : name;
}
