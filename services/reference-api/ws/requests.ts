import type { RequestMessage } from './protocol';
import type { Logger } from '../../runtime';
import type { Caller } from '../auth/token-verifier';
import { ApiError } from '../http/errors';
import type { Pipeline } from '../http/pipeline';
import { errorReply, type Reply } from '../http/reply';
import type { Route } from '../http/route';
import type { Turns } from '../orders/turns';

/** Headers that say something to a program; the others are HTTP's own affair. */
const TOLD = ['retry-after', 'preference-applied', 'ratelimit-remaining', 'ratelimit-reset', 'traceresponse'] as const;

interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Answers requests that come over a WebSocket: the same routes, checks, limits and answers as over HTTP. */
export class Requests {
  private readonly fixed = new Map<string, Route>();
  private readonly patterns: { readonly method: string; readonly pattern: RegExp; readonly route: Route }[] = [];

  constructor(routes: readonly Route[], private readonly pipeline: Pipeline, private readonly turns: Turns, private readonly logger: Logger) {
    // Signing in and probing belong to HTTP.
    for (const route of routes.filter(({ rate }) => rate !== 'sign_in' && rate !== 'none')) {
      const method = route.method.toUpperCase();
      if (route.path.includes('{')) {
        this.patterns.push({ method, route, pattern: new RegExp(`^${route.path.replaceAll(/[.]/g, '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`) });
      } else {
        this.fixed.set(`${method} ${route.path}`, route);
      }
    }
  }

  /** Answers one request of a connection. Never fails: whatever happens is an answer. */
  async answer(
    connection: object, caller: Caller, { id, method, path, body, headers = {} }: RequestMessage, address?: string,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const turn = this.turns.take(connection);
    let reply: Reply;
    try {
      const [name, query] = split(path);
      const { route, params } = this.match(method, name);
      reply = await this.pipeline.answer(route, {
        turn, params, address, headers,
        query: queryOf(query),
        authenticate: () => Promise.resolve(caller),
        readBody: () => body,
      });
    } catch (error) {
      reply = errorReply(error, this.logger);
    } finally {
      turn.done();
    }
    const told = Object.fromEntries(TOLD.flatMap((one) => (reply.headers?.[one] === undefined ? [] : [[one, reply.headers[one]]])));
    return { status: reply.status, text: JSON.stringify({ op: 'response', id, status: reply.status, headers: told, body: reply.body }) };
  }

  /** Passes what only the stream has through the checks of a route, and on to it. @throws ApiError and what the route throws */
  async pass(route: Route, caller: Caller, body: unknown, address?: string): Promise<void> {
    const turn = this.turns.take({});
    try {
      await this.pipeline.answer(route, {
        turn, params: {}, query: {}, headers: {}, address, authenticate: () => Promise.resolve(caller), readBody: () => body,
      });
    } finally {
      turn.done();
    }
  }

  private match(method: string, path: string): Matched {
    const route = this.fixed.get(`${method} ${path}`);
    if (route) return { route, params: {} };
    for (const candidate of this.patterns) {
      const groups = candidate.method === method ? candidate.pattern.exec(path)?.groups : undefined;
      if (groups) return { route: candidate.route, params: decoded(groups) };
    }
    throw new ApiError(404, 'not_found', 'There is nothing here.');
  }
}

function split(path: string): readonly [name: string, query: string] {
  const at = path.indexOf('?');
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}

/** As the HTTP side's parser does it: a name that comes twice is a list. */
function queryOf(text: string): Readonly<Record<string, string | readonly string[]>> {
  const query: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  if (text === '') return query;
  for (const [name, value] of new URLSearchParams(text)) {
    const before = query[name];
    query[name] = before === undefined ? value : [...[before].flat(), value];
  }
  return query;
}

function decoded(groups: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw new ApiError(400, 'bad_request', 'The address cannot be read.');
  }
}
