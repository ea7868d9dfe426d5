import { type Api, ApiProblem } from './api';
import type { StrategyEntry } from '../core/backtest';

export type BacktestStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface BacktestRow {
  readonly backtestId: string;
  readonly status: BacktestStatus;
  readonly createdAt: number;
  readonly job: { readonly symbols: readonly string[]; readonly from: string; readonly to: string; readonly strategy: { readonly type: string } };
  readonly progress: { readonly done: number; readonly of: number };
  readonly summary?: { readonly totalReturn: number };
  readonly failure?: { readonly code: string; readonly message: string };
}

export interface ReportTrade {
  readonly direction: 'long' | 'short';
  readonly entryTime: string;
  readonly exitTime?: string;
  readonly quantity: string;
  readonly entryPrice: number;
  readonly exitPrice?: number;
  readonly profit?: string;
}

/** What a backtest came to, as far as the screen shows it. */
export interface Report {
  readonly status: string;
  readonly fault?: { readonly message: string };
  readonly spec: { readonly strategy: { readonly name: string; readonly settings: Readonly<Record<string, number>> } };
  readonly assumptionsInWords: readonly string[];
  readonly currency: string;
  readonly startBalance: string;
  readonly finalBalance: string;
  readonly buyAndHoldReturn: number;
  readonly metrics: {
    readonly totalReturn: number; readonly cagr: number | null; readonly sharpe: number | null; readonly sortino: number | null;
    readonly maxDrawdown: number; readonly winRate: number | null; readonly profitFactor: number | null; readonly trades: number;
    readonly exposure: number; readonly fees: string;
  };
  readonly equity: readonly (readonly [day: string, balance: string])[];
  readonly trades: readonly ReportTrade[];
}

export interface BacktestReport extends BacktestRow {
  readonly report?: Report;
  readonly html?: { readonly url: string };
}

/** What can be tried, and what was. */
export interface BacktestCatalog {
  readonly strategies: readonly StrategyEntry[];
  readonly rows: readonly BacktestRow[];
}

/** @returns undefined where the system runs no backtests. @throws ApiProblem */
export async function backtestCatalog(api: Api): Promise<BacktestCatalog | undefined> {
  try {
    const { backtests: rows } = await api.get<{ backtests: readonly BacktestRow[] }>('/v1/backtests');
    return { rows, strategies: (await api.get<{ strategies: readonly StrategyEntry[] }>('/v1/strategies')).strategies };
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'feature_not_here') return undefined;
    throw error;
  }
}

export const isActive = ({ status }: Pick<BacktestRow, 'status'>): boolean => status === 'queued' || status === 'running';
