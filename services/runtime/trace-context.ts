import { AsyncLocalStorage } from 'node:async_hooks';
import type { TraceContext } from '../domain';

const active = new AsyncLocalStorage<TraceContext>();

/** The trace that the work at hand belongs to. */
export function activeTrace(): TraceContext | undefined {
  return active.getStore();
}

/** Does work, and whatever it starts, as a part of a trace. */
export function inTrace<T>(context: TraceContext, work: () => T): T {
  return active.run(context, work);
}

/** As W3C writes it, in `traceparent` and `traceresponse`. */
export function traceparentOf({ traceId, spanId }: TraceContext): string {
  return `00-${traceId}-${spanId}-01`;
}

/** Reads a sampled context as W3C writes it; undefined for everything else. */
export function contextOf(traceparent: string): TraceContext | undefined {
  const [, traceId, spanId, flags] = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent) ?? [];
  return traceId !== undefined && (Number.parseInt(flags, 16) & 1) === 1 ? { traceId, spanId } : undefined;
}
