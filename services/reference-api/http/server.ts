import { createServer, type Server } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { ApiError } from './errors';
import { mount, type MountOptions } from './mount';
import { page } from './page';
import { sendError } from './reply';
import type { Route } from './route';

export interface ServerOptions extends Omit<MountOptions, 'isDraining'> {
  readonly routes: readonly Route[];
  /** What else is served: another API. */
  readonly also?: (app: Express, isDraining: () => boolean) => void;
  /** Folder that holds `page/`. */
  readonly root: string;
  /** Another origin that the page may send files to and show pictures from. */
  readonly filesFrom?: string;
}

/** An HTTP server that can be stopped without breaking off what it is doing. */
export interface ApiServer {
  readonly http: Server;
  listen(port: number): Promise<void>;
  /** Takes no more connections, answers what has arrived, and resolves when all connections are closed. */
  drain(limitMs?: number): Promise<void>;
}

/** Builds the HTTP side: routes, page, and an answer in JSON to everything else. */
export function createApiServer(options: ServerOptions): ApiServer {
  let draining = false;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  for (const route of options.routes) mount(app, route, { ...options, isDraining: () => draining });
  options.also?.(app, () => draining);
  app.use(page(options.root, options.filesFrom));
  app.use((_request, response) => sendError(response, new ApiError(404, 'not_found', 'There is nothing here.'), options.logger));
  const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) => sendError(response, refusedByRouter(error), options.logger);
  app.use(onError);
  const http = createServer({
    // Above the 60 s for which a load balancer keeps an idle connection: whoever closes first must not be us.
    keepAliveTimeout: 75_000,
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 5_000,
  }, app);
  return {
    http,
    listen: (port) => new Promise((resolve, reject) => {
      http.once('error', reject);
      http.listen(port, () => {
        http.off('error', reject);
        resolve();
      });
    }),
    drain: (limitMs = 12_000) => {
      draining = true;
      return closed(http, limitMs);
    },
  };
}

function closed(http: Server, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => http.closeIdleConnections(), 50);
    const limit = setTimeout(() => http.closeAllConnections(), limitMs);
    http.close(() => {
      clearInterval(idle);
      clearTimeout(limit);
      resolve();
    });
  });
}

/** The router refuses addresses that it cannot read with an error that says so. */
function refusedByRouter(error: unknown): unknown {
  const status = (error as { status?: unknown }).status;
  return typeof status === 'number' && status >= 400 && status < 500 ? new ApiError(status, 'bad_request', 'The address cannot be read.') : error;
}
