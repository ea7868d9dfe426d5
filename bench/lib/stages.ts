import type { Latencies } from './latencies';

/** The stages that the document of `GatewayExchange` has a budget for, in its order; milliseconds. */
export const BUDGET_MS = { jwt: 2, balance: 3, book: 2, match: 10, enqueue: 5, total: 30 } as const;

/** One stage of an order's path, in milliseconds; no figures where the system does nothing of the kind. */
export interface Stage {
  readonly p50: number | null;
  readonly p99: number | null;
  /** What the document allows; null for what it does not name. */
  readonly budgetMs: number | null;
  /** Whether the 99th percentile keeps to the budget; null without either, and when nothing but a bound is known that is above it. */
  readonly withinBudget: boolean | null;
  /** What was timed, and where. */
  readonly timed: string;
}

export type Stages = Readonly<Record<string, Stage>>;

interface Source {
  /** Name under which the services tell it. */
  readonly stage: string;
  readonly timed: string;
  /** Whether more than the stage was timed: within the budget says something, over it does not. */
  readonly isBound?: boolean;
}

const CORE = 'the core\'s whole step in the leading matcher: hold, book and fills are one call, which bounds it';

/** By stage of the report, where its figures come from: the first one that was told of. */
const SOURCES: Readonly<Record<Exclude<keyof typeof BUDGET_MS, 'total'>, readonly Source[]>> = {
  jwt: [
    { stage: 'jwt', timed: 'the API verifies the access token' },
    { stage: 'authorizer', timed: 'the stand-in of API Gateway\'s authorizer verifies the access token' },
  ],
  balance: [{ stage: 'core', timed: CORE, isBound: true }, { stage: 'balance', timed: 'the wallet is read from DynamoDB' }],
  book: [{ stage: 'core', timed: CORE, isBound: true }, { stage: 'book', timed: 'prices are read; there is no book' }],
  match: [{ stage: 'core', timed: CORE }, { stage: 'match', timed: 'the trade is worked out in memory' }],
  enqueue: [
    { stage: 'enqueue', timed: 'the API appends to the journal until it is durable, the wait for the append in front of it included' },
    { stage: 'commit', timed: 'the wallet with its trade is written to DynamoDB' },
  ],
};

/** Stages without a budget that the services tell of. */
const OTHERS: readonly Source[] = [
  { stage: 'claim', timed: 'the client\'s order id is claimed in Redis' },
  { stage: 'api', timed: 'the API, from the request\'s headers to the end of its answer' },
  { stage: 'delivery', timed: 'from the append to the end of the core\'s step: two processes, one machine\'s clock, whole milliseconds' },
  { stage: 'publish', timed: 'a run of events is taken by the settlement queue' },
];

const NOBODY = { timed: 'nothing: no service told of it' };

/** Figures of the stages beside their budgets. `total` is what a client waits for its answer. */
export function stagesOf(told: ReadonlyMap<string, Latencies>, total: { readonly p50: number; readonly p99: number }): Stages {
  const stages: Record<string, Stage> = {};
  for (const [name, sources] of Object.entries(SOURCES)) {
    const source = sources.find(({ stage }) => told.has(stage));
    stages[name] = stageOf(source && told.get(source.stage)?.percentiles(), BUDGET_MS[name as keyof typeof BUDGET_MS], source ?? NOBODY);
  }
  stages.total = stageOf(total, BUDGET_MS.total, { timed: 'a client, from the moment an order is due to its answer; what is after the answer is not part of it' });
  for (const other of OTHERS) {
    const figures = told.get(other.stage)?.percentiles();
    if (figures) stages[other.stage] = stageOf(figures, null, other);
  }
  return stages;
}

function stageOf(
  figures: { readonly p50: number; readonly p99: number } | undefined, budgetMs: number | null, { timed, isBound = false }: Omit<Source, 'stage'>,
): Stage {
  const rounded = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value * 1_000) / 1_000);
  return {
    p50: rounded(figures?.p50), p99: rounded(figures?.p99), budgetMs,
    withinBudget: figures === undefined || budgetMs === null || (isBound && figures.p99 > budgetMs) ? null : figures.p99 <= budgetMs,
    timed,
  };
}

/** The stages as a table for people. */
export function stageTable(stages: Stages): string[] {
  const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(value < 1 ? 3 : 1)).padStart(8);
  const verdict = ({ withinBudget }: Stage): string => (withinBudget === null ? '     ' : withinBudget ? 'kept ' : 'OVER ');
  return [
    `${'stage'.padEnd(9)}${'budget'.padStart(8)}${'p50'.padStart(8)}${'p99'.padStart(8)}          what was timed (milliseconds)`,
    ...Object.entries(stages).map(([name, stage]) => (
      `${name.padEnd(9)}${(stage.budgetMs === null ? '–' : String(stage.budgetMs)).padStart(8)}${ms(stage.p50)}${ms(stage.p99)}  ${verdict(stage)}   ${stage.timed}`)),
  ];
}
