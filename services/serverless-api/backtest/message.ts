import { z } from 'zod';
import type { BacktestOrder } from './backtest-store';
import { jobSchema } from './job';

const schema = z.object({
  userId: z.string().min(1), backtestId: z.string().min(1), createdAt: z.string(), job: jobSchema,
  estimate: z.object({ weight: z.enum(['light', 'heavy']), candles: z.number(), pairs: z.number(), seconds: z.number(), mebibytes: z.number() }),
});

/** The body of a message in either queue. */
export function encodeOrder(order: BacktestOrder): string {
  return JSON.stringify(order);
}

/** @throws Error when a message is not one of ours */
export function decodeOrder(body: string): BacktestOrder {
  return schema.parse(JSON.parse(body));
}
