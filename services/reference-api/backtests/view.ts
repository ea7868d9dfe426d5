/** What the routes of backtests answer. */
import { z } from 'zod';

const uuid = () => z.string().meta({ format: 'uuid' });
const time = () => z.int().meta({ description: 'Milliseconds since 1970.' });

export const acceptedBacktest = z.strictObject({
  backtestId: uuid(), status: z.literal('queued'), estimatedSeconds: z.number(), runs: z.int(),
}).meta({ id: 'AcceptedBacktest' });

export const backtest = z.strictObject({
  backtestId: uuid(), status: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']), createdAt: time(), finishedAt: time().optional(),
  job: z.looseObject({}).meta({ description: 'What was asked for, with what was left out.' }),
  progress: z.strictObject({ done: z.int(), of: z.int() }).meta({ description: 'Pieces that are done.' }),
  summary: z.strictObject({
    symbols: z.array(z.string()), settings: z.record(z.string(), z.number()), finalBalance: z.string(), totalReturn: z.number(),
    sharpe: z.number().nullable(), maxDrawdown: z.number(), trades: z.int(), status: z.string(),
  }).optional().meta({ description: 'Of the best run.' }),
  failure: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  resultHash: z.string().optional().meta({ description: 'The same for the same question over the same candles.' }), engineVersion: z.int().optional(),
}).meta({ id: 'Backtest' });

export const backtests = z.strictObject({ backtests: z.array(backtest) });

export const backtestReport = backtest.extend({
  report: z.looseObject({}).optional().meta({ description: 'Metrics, equity by day, trades; since it succeeded.' }),
  html: z.strictObject({ url: z.string().meta({ format: 'uri' }), expiresAt: time() }).optional().meta({ description: 'The same as a page.' }),
}).meta({ id: 'BacktestReport' });

export const strategies = z.strictObject({
  strategies: z.array(z.strictObject({
    type: z.string(),
    settings: z.array(z.strictObject({
      name: z.string(), least: z.int(), most: z.int(), otherwise: z.int().optional().meta({ description: 'What is taken where it is left out.' }), meaning: z.string(),
    })),
  })),
});
