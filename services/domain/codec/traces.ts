/** Where a trace goes on: the ids of W3C's trace context. Whoever is not traced has none, so there is no flag. */
import type { ByteReader, ByteWriter } from './bytes';
import { CorruptDataError } from '../errors';

export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero: the span that caused what carries this. */
  readonly spanId: string;
}

/** The context of one command of a batch. */
export interface CommandTrace extends TraceContext {
  /** Which command: 0 is the first. */
  readonly index: number;
}

/** The context of one event of a run, which stands for all events of its command. */
export interface EventTrace extends TraceContext {
  readonly seq: number;
}

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

/** Bytes of a section beyond those of its entries: its own length, at the very end. */
export const TRACES_OVERHEAD = 4;
/** Bytes of one entry. */
export const TRACE_ENTRY = 4 + TRACE_BYTES + SPAN_BYTES;

export function isTraceContext({ traceId, spanId }: TraceContext): boolean {
  return /^(?!0{32})[0-9a-f]{32}$/.test(traceId) && /^(?!0{16})[0-9a-f]{16}$/.test(spanId);
}

/** Appends the section. Its entries stand in the order of their commands. */
export function writeTraces(out: ByteWriter, traces: readonly CommandTrace[]): void {
  for (const trace of traces) {
    if (!isTraceContext(trace)) throw new RangeError(`${trace.traceId}/${trace.spanId} is no trace context`);
    out.u32(trace.index);
    out.bytes(Buffer.from(trace.traceId, 'hex'));
    out.bytes(Buffer.from(trace.spanId, 'hex'));
  }
  out.u32(traces.length * TRACE_ENTRY);
}

/** @throws CorruptDataError when the section is not what `writeTraces` made */
export function readTraces(from: ByteReader, commands: number): readonly CommandTrace[] {
  const entries = (from.remaining - TRACES_OVERHEAD) / TRACE_ENTRY;
  if (!Number.isInteger(entries) || entries < 1) throw new CorruptDataError(`a section of traces has ${from.remaining} bytes`);
  let last = -1;
  return Array.from({ length: entries }, () => {
    const index = from.u32();
    const trace = { index, traceId: from.bytes(TRACE_BYTES).toString('hex'), spanId: from.bytes(SPAN_BYTES).toString('hex') };
    if (index <= last || index >= commands || !isTraceContext(trace)) throw new CorruptDataError(`a trace of command ${index} is out of place, or none`);
    last = index;
    return trace;
  });
}
