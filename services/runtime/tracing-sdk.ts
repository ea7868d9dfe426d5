import {
  defaultTextMapGetter, ROOT_CONTEXT, type Span, type SpanContext, SpanKind, SpanStatusCode, trace, TraceFlags, type Tracer,
} from '@opentelemetry/api';
import { CompositePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray';
import { AWSXRayPropagator } from '@opentelemetry/propagator-aws-xray';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type IdGenerator, ParentBasedSampler, type SpanExporter, TraceIdRatioBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TraceContext } from '../domain';
import type { SpanAttributes, SpanOptions, TracedSpan, TraceHeaders, Tracing, TracingOptions } from './tracing';
import { DaemonExporter, WatchedExporter } from './tracing-exporters';

const DEFAULT_SAMPLING_PPM = 50_000;
/** Spans that may wait; what comes on top of them is dropped. */
const MAX_QUEUED = 2_048;
const EXPORT_TIMEOUT_MS = 5_000;
const STOP_MS = 3_000;
/** Requests a second whose sender may decide that they are traced: anybody can say so in a header, and every trace is paid for. */
const ASKED_PER_SECOND = 50;

const KINDS = {
  internal: SpanKind.INTERNAL, server: SpanKind.SERVER, client: SpanKind.CLIENT, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER,
} as const;

/** What AWS's load balancers send where nobody traced before: an id that is in their logs, and no decision. */
const ROOT_ALONE = /(?:^|;)\s*Root=1-([0-9a-f]{8})-([0-9a-f]{24})(?:;|$)/;

/** Ids in the form of X-Ray, or one that is given for the next trace. */
class TraceIds implements IdGenerator {
  private readonly ids = new AWSXRayIdGenerator();
  next: string | undefined;

  generateTraceId = (): string => this.next ?? this.ids.generateTraceId();
  generateSpanId = (): string => this.ids.generateSpanId();
}

class RecordedSpan implements TracedSpan {
  readonly context: TraceContext;

  constructor(private readonly span: Span) {
    const { traceId, spanId } = span.spanContext();
    this.context = { traceId, spanId };
  }

  end(error?: unknown, attributes: SpanAttributes = {}): void {
    this.span.setAttributes(attributes);
    if (error !== undefined) {
      const type = error instanceof Error ? error.name : typeof error;
      this.span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR, message: type });
    }
    this.span.end();
  }
}

class OpenTelemetryTracing implements Tracing {
  private readonly ids = new TraceIds();
  private readonly provider: TracerProvider;
  private readonly tracer: Tracer;
  private readonly propagator = new CompositePropagator({ propagators: [new AWSXRayPropagator(), new W3CTraceContextPropagator()] });
  private second = 0;
  private asked = 0;

  constructor(exporter: SpanExporter, { service, environment, samplingPpm = DEFAULT_SAMPLING_PPM, delayMs = 2_000 }: TracingOptions) {
    this.provider = new TracerProvider({
      idGenerator: this.ids,
      sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplingPpm / 1_000_000) }),
      resource: resourceFromAttributes({ 'service.name': service, 'deployment.environment.name': environment }),
      spanProcessors: [
        new BatchSpanProcessor({ exporter, maxQueueSize: MAX_QUEUED, scheduledDelayMillis: delayMs, exportTimeoutMillis: EXPORT_TIMEOUT_MS }),
      ],
    });
    this.tracer = this.provider.getTracer('cdk-trading-platform');
  }

  request(name: string, headers: TraceHeaders, attributes?: SpanAttributes): TracedSpan | undefined {
    const from = this.sender(headers);
    if (from !== undefined && ((from.traceFlags & TraceFlags.SAMPLED) === 0 || !this.mayAsk())) return undefined;
    this.ids.next = from === undefined ? rootOf(headers) : undefined;
    const parent = from === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, from);
    const span = this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    this.ids.next = undefined;
    return span.isRecording() ? new RecordedSpan(span) : undefined;
  }

  span(name: string, { traceId, spanId }: TraceContext, { kind = 'internal', startMs, attributes }: SpanOptions = {}): TracedSpan {
    const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true });
    return new RecordedSpan(this.tracer.startSpan(name, { kind: KINDS[kind], attributes, startTime: startMs }, parent));
  }

  flush(timeoutMs: number): Promise<void> {
    return within(timeoutMs, this.provider.forceFlush({ timeoutMillis: timeoutMs }));
  }

  stop(): Promise<void> {
    return within(STOP_MS, this.provider.shutdown());
  }

  private sender(headers: TraceHeaders): SpanContext | undefined {
    if (headers.traceparent === undefined && headers['x-amzn-trace-id'] === undefined) return undefined;
    return trace.getSpanContext(this.propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter));
  }

  private mayAsk(): boolean {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.second) this.asked = 0;
    this.second = second;
    return ++this.asked <= ASKED_PER_SECOND;
  }
}

function rootOf({ 'x-amzn-trace-id': header }: TraceHeaders): string | undefined {
  const [, epoch, unique] = ROOT_ALONE.exec([header ?? ''].flat()[0] ?? '') ?? [];
  return epoch === undefined ? undefined : epoch + unique;
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, ms); });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}

/** Begins to record. @throws Error without an endpoint or a daemon */
export function startTracing(options: TracingOptions): Tracing {
  return new OpenTelemetryTracing(new WatchedExporter(exporterOf(options), options.logger), options);
}

function exporterOf({ endpoint, daemon }: TracingOptions): SpanExporter {
  if (endpoint !== undefined) return new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces`, timeoutMillis: EXPORT_TIMEOUT_MS });
  if (daemon !== undefined) return new DaemonExporter(daemon);
  throw new Error('traces need the endpoint of a collector, or a daemon');
}
