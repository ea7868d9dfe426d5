import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics } from 'prom-client';
import { registry } from './metrics';

/** Reports that are made at the same time: whoever asks more often than one takes waits for nothing and gets 503. */
const AT_ONCE = 4;

export interface MetricsServer {
  /** Where it listens, with the port that it got where 0 was asked for. */
  readonly address: string;
  close(): void;
}

/**
 * Shows the process's metrics to Prometheus: a listener of its own, so that a load balancer or a user never comes by here.
 *
 * @param address host:port; port 0 asks the system for a free one
 * @throws Error when it cannot listen there
 */
export async function startMetricsServer(address: string): Promise<MetricsServer> {
  const [, host, port] = /^(.+):(\d+)$/.exec(address) ?? [];
  if (host === undefined) throw new Error(`metrics need host:port, got: ${address}`);
  // Once in a process: what it observes cannot be taken back.
  if (!registry.getSingleMetric('process_cpu_seconds_total')) collectDefaultMetrics({ register: registry });
  const server = createMetricsServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), host, resolve);
  });
  server.unref();
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function createMetricsServer(): Server {
  let underway = 0;
  return createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    if (underway >= AT_ONCE) {
      response.writeHead(503).end();
      return;
    }
    underway++;
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    ).finally(() => { underway--; }).catch(() => undefined);
  });
}
