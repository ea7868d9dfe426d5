import type { BatchingAppender } from '../../adapters/journal/batching-appender';
import type { Command } from '../../domain';
import { activeTrace, type TracedSpan, type Tracing } from '../../runtime';

/** When the commands of a partition were handed over, oldest first; 0 for one that is done. */
interface Lane {
  started: number[];
  /** Entries before this index are done. */
  head: number;
  /** What was cut off at the front so far. */
  cut: number;
}

/** Passes commands on, and knows for how long the oldest of those that are underway waits already. */
export class TrackedAppender {
  private readonly lanes = new Map<number, Lane>();

  constructor(private readonly appender: Pick<BatchingAppender, 'append'>, private readonly tracing?: Tracing) {}

  append(partition: number, command: Command): Promise<string> {
    const span = this.tracing && this.begin(partition, command);
    const appended = this.appender.append(partition, command, span?.context);
    if (span) appended.then(() => span.end(), (error: unknown) => span.end(error));
    let lane = this.lanes.get(partition);
    if (!lane) this.lanes.set(partition, lane = { started: [], head: 0, cut: 0 });
    const mine = lane;
    const index = mine.cut + mine.started.push(performance.now()) - 1;
    const end = (): void => finish(mine, index);
    appended.then(end, end);
    return appended;
  }

  /** The span that goes into the journal, if what asks for this is traced. */
  private begin(partition: number, command: Command): TracedSpan | undefined {
    const parent = activeTrace();
    return parent && this.tracing?.span('append to journal', parent, { kind: 'producer', attributes: { partition, 'command.type': command.type } });
  }

  /** Milliseconds; 0 when nothing waits. Of the partition that waits longest. */
  get lagMs(): number {
    let oldest = Infinity;
    for (const { started, head } of this.lanes.values()) if (head < started.length) oldest = Math.min(oldest, started[head]);
    return oldest === Infinity ? 0 : performance.now() - oldest;
  }
}

function finish(lane: Lane, index: number): void {
  lane.started[index - lane.cut] = 0;
  while (lane.started[lane.head] === 0) lane.head += 1;
  if (lane.head === lane.started.length || (lane.head > 1_024 && lane.head * 2 > lane.started.length)) {
    lane.started = lane.started.slice(lane.head);
    lane.cut += lane.head;
    lane.head = 0;
  }
}
