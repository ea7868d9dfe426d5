import type { Express, Request, Response } from 'express';
import { addressOf } from './address';
import { readJson } from './body';
import { ApiError } from './errors';
import type { Pipeline } from './pipeline';
import type { PreferenceHeaders } from './preferences';
import { type Reply, sendError, sendJson } from './reply';
import type { Route } from './route';
import { type Logger, stageBegins, stageEnds } from '../../runtime';
import { authenticate } from '../auth/authenticate';
import type { TokenVerifier } from '../auth/token-verifier';
import type { Turn, Turns } from '../orders/turns';

export interface MountOptions {
  readonly pipeline: Pipeline;
  readonly verifier: TokenVerifier;
  readonly turns: Turns;
  readonly logger: Logger;
  /** Proxies of ours in front. */
  readonly trustedProxies: number;
  /** Whether connections are to be closed after their answer. */
  readonly isDraining: () => boolean;
  /** Milliseconds from which on a request is worth a line in the log. */
  readonly slowMs?: number;
}

const NO_TURN: Turn = { ready: undefined, done: () => undefined };

/** Adds a route to the application: straight from the router to the handler, without middleware between. */
export function mount(app: Express, route: Route, options: MountOptions): void {
  const { logger, slowMs = 1_000 } = options;
  app[route.method](route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (request: Request, response: Response) => {
    const started = performance.now();
    const began = stageBegins();
    if (options.isDraining()) response.setHeader('connection', 'close');
    answer(route, request, options)
      .then((reply) => sendJson(response, reply), (error: unknown) => sendError(response, error, logger))
      .finally(() => {
        stageEnds('api', began);
        const ms = Math.round(performance.now() - started);
        if (ms >= slowMs && !isAwaited(request)) logger.warn({ method: route.method, route: route.path, ms, status: response.statusCode }, 'a slow request');
      })
      .catch((error: unknown) => logger.error({ err: error }, 'a reply could not be sent'));
  });
}

async function answer(route: Route, request: Request, { pipeline, verifier, turns, trustedProxies }: MountOptions): Promise<Reply> {
  // Taken now, before anything can be waited for: requests of one connection stand in the order of their arrival.
  const turn = route.scope === 'public' ? NO_TURN : turns.take(request.socket);
  try {
    return await pipeline.answer(route, {
      turn,
      params: request.params,
      query: request.query,
      headers: preferenceHeaders(request),
      address: addressOf(request, trustedProxies),
      authenticate: () => authenticate(verifier, request.headers.authorization, request.headers['user-agent']),
      header: (name) => request.get(name),
      readBody: () => readJson(request),
    });
  } finally {
    turn.done();
  }
}

function preferenceHeaders({ headers }: Request): PreferenceHeaders {
  const key = headers['idempotency-key'];
  if (Array.isArray(key)) throw new ApiError(400, 'invalid_idempotency_key', 'Send one Idempotency-Key.');
  const { prefer } = headers;
  return { 'prefer': Array.isArray(prefer) ? prefer.join(',') : prefer, 'idempotency-key': key };
}

/** Who waits for a verdict has asked to. */
function isAwaited({ headers }: Request): boolean {
  return headers.prefer !== undefined;
}
