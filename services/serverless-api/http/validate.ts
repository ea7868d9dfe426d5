import { z } from 'zod';
import { ApiError } from './api-error';

/**
 * Checks data from outside against a strict schema.
 *
 * @throws ApiError 400 that names the first field that is wrong
 */
export function validate<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = [...issue.path, ...(issue.code === 'unrecognized_keys' ? [issue.keys[0]] : [])].join('.').slice(0, 100);
  const code = issue.code === 'unrecognized_keys' ? 'unknown_field' : 'invalid_field';
  throw new ApiError(400, code, `${field || 'the body'}: ${issue.message}`, field === '' ? {} : { field });
}

/** A decimal, which must come as text: a JSON number has been rounded before anybody sees it. What is in the text is checked later. */
export const decimalText = z.string({ error: 'must be a decimal as text, such as "0.5"' }).max(40);

/** How many items of a list are wanted; comes from a query, so it is text. */
export const limitText = z.string().regex(/^[1-9]\d{0,2}$/, { error: 'must be a number from 1 to 999' }).transform(Number)
  .refine((value) => value <= 200, { error: 'must be at most 200' }).default(50);
