/** Traces of a run as a message carries them: in an attribute beside the body, so that a reader that knows of none reads the same run. */
import { type EventTrace, isTraceContext } from '../../domain';

/** Name of the attribute. */
export const TRACES_ATTRIBUTE = 'Traces';

/** Most of them in one message: 64 bytes each, out of what a message may have. */
const MOST = 100;

/** `<sequence>-<trace id>-<span id>`, separated by commas. @param traces at least one */
export function encodeRunTraces(traces: readonly EventTrace[]): string {
  return traces.slice(0, MOST).map(({ seq, traceId, spanId }) => `${seq}-${traceId}-${spanId}`).join(',');
}

/** What can be read of them: a trace that cannot is nobody's loss. */
export function decodeRunTraces(text: string): readonly EventTrace[] {
  return text.split(',').slice(0, MOST).flatMap((one) => {
    const [seq, traceId = '', spanId = ''] = one.split('-');
    const trace = { seq: Number(seq), traceId, spanId };
    return Number.isSafeInteger(trace.seq) && isTraceContext(trace) ? [trace] : [];
  });
}
