import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartOf } from './chart';
import { junitOf } from './junit';
import { summaryOf } from './summary';
import type { CampaignResult } from '../drill/campaign';
import type { Operation } from '../judge/history';
import type { RecoveryCriteria } from '../judge/recovery';
import type { Objective, Round, RoundResult } from '../judge/verdict';

/** What a drill was, beside what it saw. */
export interface DrillFacts {
  /** Such as `RealtimeSimulator on this machine`. */
  readonly title: string;
  readonly startedAt: Date;
  readonly rate: number;
  readonly criteria: RecoveryCriteria;
  readonly objective: Objective;
  readonly brokenVariantCaught?: boolean;
  /** Everything that is wrong, as sentences. */
  readonly problems: readonly string[];
}

/** Writes `drill.json`, `junit.xml`, `drill.svg` and `history.csv` into a folder. */
export function writeReports(folder: string, result: CampaignResult, facts: DrillFacts): void {
  mkdirSync(folder, { recursive: true });
  const { verdict, operations, rounds, worstLagMs } = result;
  const json = {
    title: facts.title,
    startedAt: facts.startedAt.toISOString(),
    rate: facts.rate,
    criteria: facts.criteria,
    objective: facts.objective,
    ...summaryOf(result, facts.brokenVariantCaught),
    books: { ...verdict.books, lost: verdict.books.lost.slice(0, 100), duplicated: verdict.books.duplicated.slice(0, 100) },
    worstSendLagMs: Math.round(worstLagMs),
    rounds: verdict.faults.flatMap((one) => one.rounds).map(figuresOf),
    problems: facts.problems,
  };
  writeFileSync(join(folder, 'drill.json'), `${JSON.stringify(json, undefined, 2)}\n`);
  writeFileSync(join(folder, 'junit.xml'), junitOf(facts.title, { ...verdict, problems: facts.problems }, facts.brokenVariantCaught));
  writeFileSync(join(folder, 'history.csv'), historyOf(operations, rounds));
  writeFileSync(join(folder, 'drill.svg'), chartOf(operations, verdict, facts));
}

function figuresOf({ fault, rtoSeconds, unavailableSeconds, heldSeconds, rpoSeconds, counts, lost, duplicated }: RoundResult): object {
  return { fault, rtoSeconds, unavailableSeconds, heldSeconds, rpoSeconds, ...counts, lost: lost.length, duplicated: duplicated.length };
}

/** Every request, as a table: milliseconds are counted from the first one. */
function historyOf(operations: readonly Operation[], rounds: readonly Round[]): string {
  const start = operations[0]?.dueAt ?? 0;
  const ms = (at: number | undefined): string => (at === undefined ? '' : (at - start).toFixed(1));
  const faults = rounds.map(({ fault, faultAt, restoredAt }) => `# ${fault} from ${ms(faultAt)} to ${ms(restoredAt)}\n`).join('');
  const lines = operations.map(({ clientOrderId, dueAt, endedAt, outcome, settledAt }) => `${clientOrderId},${ms(dueAt)},${ms(endedAt)},${outcome ?? ''},${ms(settledAt)}\n`);
  return `${faults}clientOrderId,dueMs,endedMs,outcome,seenInLedgerMs\n${lines.join('')}`;
}
