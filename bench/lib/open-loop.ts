/** When each of a number of sends is due, on the clock of `performance.now()`: never earlier than the one before it. */
export type Schedule = (index: number) => number;

/** A steady rate, in sends per second. */
export function steady(startAt: number, rate: number): Schedule {
  return (index) => startAt + (index * 1_000) / rate;
}

/**
 * A rate that grows evenly from `first` to `last` sends per second over the given time: what was just started gets to know its work
 * before it gets all of it.
 */
export function ramp(startAt: number, first: number, last: number, seconds: number): Schedule {
  const growth = (last - first) / seconds;
  // After t seconds first·t + growth·t²/2 sends are due; solved for t.
  return (index) => startAt + (1_000 * 2 * index) / (first + Math.sqrt(first ** 2 + 2 * growth * index));
}

/** What is sent when. */
export interface OpenLoopPlan {
  readonly schedule: Schedule;
  /** Sends in all. */
  readonly count: number;
  /** Called once for each, in order, not before it is due. Must return at once. */
  readonly send: (index: number, dueAt: number) => void;
  /** Ends the sending before the count is reached. */
  readonly signal?: AbortSignal;
}

/**
 * Sends on a fixed schedule, whatever becomes of what was sent before: a system that stalls is asked as often as one that does
 * not, and what waited behind the stall is measured from when it was due. A timer that comes late sends all that is due by then.
 */
export function runOpenLoop({ schedule, count, send, signal }: OpenLoopPlan): Promise<void> {
  return new Promise((resolve) => {
    let next = 0;
    const turn = (): void => {
      if (signal?.aborted) return resolve();
      while (next < count && schedule(next) <= performance.now()) send(next, schedule(next++));
      if (next >= count) resolve();
      else setTimeout(turn, Math.max(0, schedule(next) - performance.now()));
    };
    turn();
  });
}
