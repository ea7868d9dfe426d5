import type { TraceContext } from '../domain';
import type { Logger } from './logger';

/** What a span says of what it stands for: ids and counts, never what a user sent. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Its part in the conversation, in the words of OpenTelemetry; default `internal`. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** Milliseconds since 1970, with fractions; default now. */
  readonly startMs?: number;
  readonly attributes?: SpanAttributes;
}

/** One step of something that is traced. */
export interface TracedSpan {
  /** What the next step takes with it. */
  readonly context: TraceContext;
  /** Ends it. @param error what went wrong; only what kind of error it is becomes known */
  end(error?: unknown, attributes?: SpanAttributes): void;
}

/** Headers by which others hand over their trace. */
export interface TraceHeaders {
  readonly 'traceparent'?: string | string[];
  readonly 'x-amzn-trace-id'?: string | string[];
}

/**
 * Records spans and sends them off, in the background and within bounds: what cannot be sent is dropped. A service that is not configured for
 * it has none of this, and does nothing for it.
 */
export interface Tracing {
  /** Begins the span of a request, if it is sampled: as whoever sent it decided, otherwise a share of them. */
  request(name: string, headers: TraceHeaders, attributes?: SpanAttributes): TracedSpan | undefined;
  /** Begins a span that goes on from another one. */
  span(name: string, parent: TraceContext, options?: SpanOptions): TracedSpan;
  /** Resolves when what has ended is sent, or the time is up. Never fails. */
  flush(timeoutMs: number): Promise<void>;
  /** Sends what is left, and nothing from then on. Never fails. */
  stop(): Promise<void>;
}

export interface TracingOptions {
  readonly service: string;
  readonly environment: string;
  /** Base of a collector's OTLP over HTTP, such as `http://127.0.0.1:4318`. */
  readonly endpoint?: string;
  /** host:port of X-Ray's daemon, which functions have instead of a collector. */
  readonly daemon?: string;
  /** Of a million requests that nobody decided about, how many are sampled; default 50,000. */
  readonly samplingPpm?: number;
  /** Milliseconds for which ended spans may wait for others. */
  readonly delayMs?: number;
  readonly logger: Logger;
}

/**
 * Tracing as it is configured; undefined without an endpoint or a daemon. Its library is loaded here, and nowhere without need. Never fails: a
 * service that cannot be traced does its work all the same.
 */
export async function openTracing(options: TracingOptions): Promise<Tracing | undefined> {
  if (options.endpoint === undefined && options.daemon === undefined) return undefined;
  try {
    const { startTracing } = await import('./tracing-sdk');
    return startTracing(options);
  } catch (error) {
    options.logger.error({ err: error }, 'traces cannot be recorded; the service goes on without them');
    return undefined;
  }
}
