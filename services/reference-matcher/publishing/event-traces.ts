import type { Event, EventTrace, TraceContext } from '../../domain';

/** Most events that are remembered; who comes first is forgotten first. */
const CAPACITY = 4_096;

/** Traces of events on their way to settlement, by the first event of each command. Beside the events: they are the same without. */
export class EventTraces {
  private readonly traces = new Map<number, TraceContext>();

  note(events: readonly Event[], { traceId, spanId }: TraceContext): void {
    if (events.length === 0) return;
    if (this.traces.size >= CAPACITY) for (const oldest of this.traces.keys()) { this.traces.delete(oldest); break; }
    this.traces.set(events[0].seq, { traceId, spanId });
  }

  /** Traces of a run; undefined when none of its events has one. */
  of(events: readonly Event[]): readonly EventTrace[] | undefined {
    if (this.traces.size === 0 || events.length === 0) return undefined;
    const [first, last] = [events[0].seq, events[events.length - 1].seq];
    const found = Array.from(this.traces, ([seq, trace]) => ({ seq, ...trace })).filter(({ seq }) => seq >= first && seq <= last);
    return found.length > 0 ? found : undefined;
  }

  /** Forgets those of events that are published. */
  forget(publishedSeq: number): void {
    for (const seq of this.traces.keys()) if (seq <= publishedSeq) this.traces.delete(seq);
  }
}
