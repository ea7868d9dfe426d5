import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A span as a collector got it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly startMs: number;
  readonly endMs: number;
  readonly failed: boolean;
}

/** What OTLP calls a value, in its JSON encoding. */
interface AnyValue { readonly stringValue?: string; readonly intValue?: string | number; readonly doubleValue?: number; readonly boolValue?: boolean }
type Attributes = readonly { readonly key: string; readonly value: AnyValue }[];
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}
interface WireSpan {
  readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string; readonly name: string; readonly kind: number;
  readonly startTimeUnixNano: string; readonly endTimeUnixNano: string; readonly attributes?: Attributes;
  readonly status?: { readonly code?: number };
}

/** A collector that takes OTLP over HTTP in JSON. */
export interface TestCollector {
  readonly url: string;
  readonly spans: CollectedSpan[];
  /** Requests that came, whatever became of them. */
  requests: number;
  /** Status that it answers with. */
  status: number;
  /** Whether it answers at all. */
  silent: boolean;
  stop(): Promise<void>;
}

export async function startTestCollector(): Promise<TestCollector> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      collector.requests++;
      if (collector.silent) return;
      const body = Buffer.concat(chunks);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8');
      if (request.url === '/v1/traces' && collector.status === 200) collector.spans.push(...spansOf(JSON.parse(text) as ExportRequest));
      response.writeHead(collector.status, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const collector: TestCollector = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans: [], requests: 0, status: 200, silent: false,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return collector;
}

function spansOf({ resourceSpans }: ExportRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map((span): CollectedSpan => ({
    service: String(attributesOf(resource.attributes)['service.name']),
    name: span.name,
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId || undefined,
    kind: span.kind,
    attributes: attributesOf(span.attributes),
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
    endMs: Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000,
    failed: span.status?.code === 2,
  }))));
}

function attributesOf(attributes: Attributes = []): Record<string, string | number | boolean> {
  return Object.fromEntries(attributes.map(({ key, value }) => (
    [key, value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue)])));
}
