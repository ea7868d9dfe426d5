import { z } from 'zod';

/** What a worker may be asked for. */
const job = z.discriminatedUnion('type', [
  /** Mirror the live market of a symbol into the book, until told otherwise. */
  z.strictObject({ type: z.literal('mirror'), symbol: z.string().regex(/^[A-Z0-9]{2,16}$/) }),
]);
export type Job = z.output<typeof job>;

/** Reads a job. @throws Error when it is none: it is put aside after some tries, where somebody can look at it */
export function readJob(body: string): Job {
  const parsed = job.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new Error(`not a job: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`);
}

/** The job that mirrors a symbol; there is one of it, however many ask for it. */
export function mirrorJob(symbol: string): { readonly id: string; readonly body: string } {
  return { id: `mirror:${symbol}`, body: JSON.stringify({ type: 'mirror', symbol } satisfies Job) };
}
