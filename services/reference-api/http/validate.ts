import { z } from 'zod';
import { ApiError, type Details } from './errors';
import { isUuid } from '../../domain';

/** A code that a schema gives to what it refuses: `error: () => coded('price_required', '…')`. */
export function coded(code: string, message: string): string {
  return `${code}: ${message}`;
}

const CODED = /^([a-z][a-z_]*): (.*)$/s;

/**
 * Checks data from outside against a strict schema.
 *
 * @throws ApiError 400 with the code of the first thing that is wrong and the field it is about
 */
export function validate<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const field = [...issue.path, issue.keys[0]].join('.').slice(0, 100);
    throw new ApiError(400, 'unknown_field', `${JSON.stringify(field)} is not a field of this request; leave it out.`, { field });
  }
  const details: Details = path ? { field: path } : {};
  const [, code, message] = CODED.exec(issue.message) ?? [];
  if (code) throw new ApiError(400, code, message, details);
  if (issue.code === 'invalid_type' && path && valueAt(data, issue.path) === undefined) {
    throw new ApiError(400, 'missing_field', `${path} is missing.`, details);
  }
  throw new ApiError(400, 'invalid_field', `${path || 'The body'}: ${issue.message}.`, details);
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key], data);
}

/** An id of anything. */
export function uuidText() {
  return z.string().refine(isUuid, { error: coded('invalid_id', 'An id is a lower-case UUID.') }).meta({ format: 'uuid' });
}

/** The number of a partition; whether it exists is checked later. */
export function partitionNumber() {
  return z.int({ error: coded('invalid_partition', 'A partition is a whole number from 0 to 65535.') }).min(0).max(0xffff);
}

/** A decimal, which must come as text: a JSON number has been rounded before anybody sees it. What is in the text is checked later. */
export function decimalText() {
  return z.string({
    error: (issue) => (typeof issue.input === 'number'
      ? coded('decimal_string_required', 'Send decimals as text, such as "30000.1", not as a JSON number.')
      : undefined),
  }).max(40, { error: coded('invalid_number', 'A decimal has at most 40 characters.') }).meta({ description: 'A decimal as text.', examples: ['0.5'] });
}
