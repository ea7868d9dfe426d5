import type { IncomingMessage } from 'node:http';
import type { Express, Request, Response } from 'express';
import { readJson } from './body';
import { ApiError } from './errors';
import { type Reply, sendError, sendJson } from './reply';
import type { Logger } from '../../runtime';
import { authenticate } from '../auth/authenticate';
import type { Caller, TokenVerifier } from '../auth/token-verifier';
import type { Turn, Turns } from '../orders/turns';

/** What a route gets to work with. */
export interface RouteInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  /** Parsed JSON; undefined for a route without a body. */
  readonly body: unknown;
}

interface RouteBase {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly hasBody?: boolean;
}

/** A route that anybody may use. */
export interface PublicRoute extends RouteBase {
  readonly access: 'public';
  handle(input: RouteInput): Promise<Reply> | Reply;
}

/** A route that asks for an access token, and of operators for membership in their group. */
export interface PrivateRoute extends RouteBase {
  readonly access: 'user' | 'operator';
  handle(input: RouteInput, accountId: string, turn: Turn): Promise<Reply>;
}

/** Every route says who may use it; there is no default. */
export type Route = PublicRoute | PrivateRoute;

export interface MountOptions {
  readonly verifier: TokenVerifier;
  readonly operatorsGroup: string;
  readonly turns: Turns;
  readonly logger: Logger;
  /** Whether connections are to be closed after their answer. */
  readonly isDraining: () => boolean;
  /** Milliseconds from which on a request is worth a line in the log. */
  readonly slowMs?: number;
}

/** Adds a route to the application: straight from the router to the handler, without middleware between. */
export function mount(app: Express, route: Route, options: MountOptions): void {
  const { logger, slowMs = 1_000 } = options;
  app[route.method](route.path, (request: Request, response: Response) => {
    const started = performance.now();
    if (options.isDraining()) response.setHeader('connection', 'close');
    answer(route, request, options)
      .then((reply) => sendJson(response, reply), (error: unknown) => sendError(response, error, logger))
      .finally(() => {
        const ms = Math.round(performance.now() - started);
        if (ms >= slowMs) logger.warn({ method: route.method, route: route.path, ms, status: response.statusCode }, 'a slow request');
      })
      .catch((error: unknown) => logger.error({ err: error }, 'a reply could not be sent'));
  });
}

async function answer(route: Route, request: Request, options: MountOptions): Promise<Reply> {
  if (route.access === 'public') return route.handle(await inputOf(route, request));
  // Taken now, before anything can be waited for: requests of one connection stand in the order of their arrival.
  const turn = options.turns.take(request.socket);
  try {
    const caller = await authenticate(options.verifier, request.headers.authorization);
    if (route.access === 'operator') requireGroup(caller, options.operatorsGroup);
    return await route.handle(await inputOf(route, request), caller.accountId, turn);
  } finally {
    turn.done();
  }
}

async function inputOf(route: Route, request: Request & IncomingMessage): Promise<RouteInput> {
  return { params: request.params as Record<string, string>, query: request.query, body: route.hasBody ? await readJson(request) : undefined };
}

function requireGroup(caller: Caller, group: string): void {
  if (!caller.groups.includes(group)) throw new ApiError(403, 'forbidden', `Only members of the group ${group} may do this.`);
}
