import { z } from 'zod';
import { isUuid } from '../../domain';
import { isStrategyName } from '../../domain/strategy';

/** The queue that the workers of a simulator take their jobs from. */
export const JOBS = 'simulation';

const traded = z.string().regex(/^[A-Z0-9]{2,16}$/);
const uuid = z.string().refine(isUuid, { error: 'must be a lower-case UUID' });

/** What a worker may be asked for. */
const job = z.discriminatedUnion('type', [
  /** Mirror the live market of a symbol into the book, until told otherwise. */
  z.strictObject({ type: z.literal('mirror'), symbol: traded }),
  /** Run a strategy of the catalogue with an account that is its own, until told otherwise. */
  z.strictObject({
    type: z.literal('strategy'),
    symbol: traded,
    accountId: uuid,
    strategy: z.strictObject({ name: z.string().refine(isStrategyName, { error: 'is not in the catalogue' }), settings: z.record(z.string(), z.int()) }),
    intervalSeconds: z.int().min(1).max(86_400).default(60),
    /** What it may spend, in units of the quote asset. */
    budget: z.string().regex(/^\d{1,12}(\.\d{1,12})?$/),
  }),
  /** Look after something that a user asked for; what it is, and how far it is, stands in its record. */
  z.strictObject({ type: z.literal('automation'), id: uuid }),
]);
export type Job = z.output<typeof job>;

/** Reads a job. @throws Error when it is none: it is put aside after some tries, where somebody can look at it */
export function readJob(body: string): Job {
  const parsed = job.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  throw new Error(`not a job: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}`);
}

interface NamedJob {
  readonly id: string;
  readonly body: string;
}

/** The job that mirrors a symbol; there is one of it, however many ask for it. */
export function mirrorJob(symbol: string): NamedJob {
  return { id: `mirror:${symbol}`, body: JSON.stringify({ type: 'mirror', symbol } satisfies Job) };
}

/** The job that runs a strategy; an account runs one in a symbol. */
export function strategyJob(asked: Omit<Extract<Job, { type: 'strategy' }>, 'type'>): NamedJob {
  return { id: `strategy:${asked.accountId}:${asked.symbol}`, body: JSON.stringify({ type: 'strategy', ...asked } satisfies Job) };
}

/** The job that looks after an automation. */
export function automationJob(id: string): NamedJob {
  return { id: `automation:${id}`, body: JSON.stringify({ type: 'automation', id } satisfies Job) };
}
