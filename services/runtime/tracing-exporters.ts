import { createSocket } from 'node:dgram';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from './logger';
import { counter } from './metrics';

/** Spans of one datagram, which holds 64 KB at most. */
const PER_DATAGRAM = 20;

/**
 * Hands spans to X-Ray's daemon, which runs beside every function: datagrams to an address of the machine itself, so a function without a way
 * to a collector can send them. Own code, because AWS's exporter ends the process when a datagram cannot be sent.
 */
export class DaemonExporter implements SpanExporter {
  private readonly socket = createSocket('udp4').unref();
  private readonly host: string;
  private readonly port: number;

  constructor(address: string) {
    const at = address.lastIndexOf(':');
    this.host = address.slice(0, at);
    this.port = Number(address.slice(at + 1));
    this.socket.on('error', () => undefined);
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const parts = Array.from({ length: Math.ceil(spans.length / PER_DATAGRAM) }, (_, i) => spans.slice(i * PER_DATAGRAM, (i + 1) * PER_DATAGRAM));
    Promise.all(parts.map((part) => this.send(part))).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: Error) => done({ code: ExportResultCode.FAILED, error }),
    );
  }

  shutdown(): Promise<void> {
    return new Promise((resolve) => this.socket.close(resolve));
  }

  private send(spans: ReadableSpan[]): Promise<void> {
    const body = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? []).toString('base64');
    // The daemon's own header, then what it is: a trace in OTLP that is sampled.
    const datagram = Buffer.from(`{"format":"json","version":1}\nT1S${body}`);
    return new Promise((resolve, reject) => this.socket.send(datagram, this.port, this.host, (error) => (error ? reject(error) : resolve())));
  }
}

/** Counts what becomes of spans, and says once that they cannot be sent. */
export class WatchedExporter implements SpanExporter {
  private readonly spans = counter('trading_spans_total', 'Spans by what became of them.', ['outcome']);
  private failing = false;

  constructor(private readonly exporter: SpanExporter, private readonly logger: Logger) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.exporter.export(spans, (result) => {
      const failed = result.code !== ExportResultCode.SUCCESS;
      this.spans.inc({ outcome: failed ? 'dropped' : 'sent' }, spans.length);
      if (failed !== this.failing) this.tell(failed, result.error);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private tell(failed: boolean, error: Error | undefined): void {
    this.failing = failed;
    if (failed) this.logger.warn({ reason: error?.message ?? 'not said' }, 'traces cannot be sent and are dropped; the service goes on without them');
    else this.logger.info('traces can be sent again');
  }
}
