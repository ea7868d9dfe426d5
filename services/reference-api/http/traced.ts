import { toApiError } from './errors';
import type { Reply } from './reply';
import type { Route } from './route';
import { activeTrace, inTrace, traceparentOf, type Tracing } from '../../runtime';

/** Headers of an HTTP request by their names. */
type HeaderOf = (name: string) => string | undefined;

/** Does a request's work within its trace, if it is sampled, and tells the trace with the answer. */
export async function traced(tracing: Tracing, { method, path }: Route, header: HeaderOf | undefined, work: () => Promise<Reply>): Promise<Reply> {
  const name = `${method.toUpperCase()} ${path}`;
  const attributes = { 'http.request.method': method.toUpperCase(), 'http.route': path };
  const outer = activeTrace();
  // What another API asks of ours belongs to the request that it got.
  const span = outer ? tracing.span(name, outer, { attributes })
    : tracing.request(name, { 'traceparent': header?.('traceparent'), 'x-amzn-trace-id': header?.('x-amzn-trace-id') }, attributes);
  if (!span) return work();
  try {
    const reply = await inTrace(span.context, work);
    span.end(undefined, { 'http.response.status_code': reply.status });
    return { ...reply, headers: { ...reply.headers, traceresponse: traceparentOf(span.context) } };
  } catch (error) {
    const status = toApiError(error)?.status ?? 500;
    // Who asks for what cannot be is told so: that is no fault of the service.
    span.end(status >= 500 ? error : undefined, { 'http.response.status_code': status });
    throw error;
  }
}
