import type { EventRun, EventTrace } from '../domain';

/** Most events that are settled in one transaction: a longer one would hold its locks for too long. */
const MOST_EVENTS = 5_000;

/** Runs that follow each other, as one. */
export interface JoinedRun {
  readonly run: EventRun;
  /** How many of the runs it is made of: the first ones. */
  readonly messages: number;
}

/**
 * Joins a run with those behind it, as far as each begins where the one before ends and comes from the same leader. A repetition, a gap and
 * another epoch end it: they have rules of their own. There must be at least one run.
 */
export function joinRuns(runs: readonly EventRun[]): JoinedRun {
  const [first] = runs;
  const events = [...first.events];
  const traces: EventTrace[] = [...(first.traces ?? [])];
  let messages = 1;
  for (const next of runs.slice(1)) {
    const follows = next.partition === first.partition && next.epoch === first.epoch && next.events[0]?.seq === (events.at(-1)?.seq ?? NaN) + 1;
    if (!follows || events.length + next.events.length > MOST_EVENTS) break;
    events.push(...next.events);
    traces.push(...(next.traces ?? []));
    messages++;
  }
  return { run: { ...first, events, ...(traces.length > 0 ? { traces } : {}) }, messages };
}
