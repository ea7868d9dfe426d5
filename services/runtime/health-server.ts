import { createServer, type Server } from 'node:http';
import type { Health } from './health';

/** Answers `GET /health`: 200 when ok or degraded, 503 when unhealthy. Listens to nothing by itself. */
export function createHealthServer(health: Health): Server {
  return createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
    if (request.method !== 'GET' || request.url !== '/health') {
      response.writeHead(404).end();
      return;
    }
    const report = health.report();
    response.writeHead(report.status === 'unhealthy' ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(report));
  });
}

/** Serves the health report for a service that has no HTTP API of its own. */
export async function startHealthServer(health: Health, port: number): Promise<Server> {
  const server = createHealthServer(health);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return server;
}
