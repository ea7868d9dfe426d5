import { ApiError, toApiError } from './api-error';
import type { Logger } from '../../runtime';

/** A request, however it came. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Text of the body; undefined without one. */
  readonly body?: string;
  /** The account of the token; undefined without a token. Whoever made the request has verified it. */
  readonly userId?: string;
}

/** An answer; the body is sent as JSON. */
export interface ApiReply {
  readonly status: number;
  readonly body: unknown;
}

/** What a route gets to work with. */
export interface RouteInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined for a route without a body. */
  readonly body: unknown;
  /** Empty for a public route. */
  readonly userId: string;
}

/** Every route says who may use it; there is no default. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with its parameters in braces, as API Gateway writes it. */
  readonly path: string;
  readonly access: 'public' | 'user';
  handle(input: RouteInput): Promise<ApiReply> | ApiReply;
}

const MAX_BODY = 16 * 1024;

/** Finds the route of a request and answers it; every error becomes an answer. */
export class Router {
  private readonly routes: readonly { readonly route: Route; readonly pattern: RegExp }[];

  constructor(routes: readonly Route[], private readonly logger: Logger) {
    this.routes = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
  }

  async answer(request: ApiRequest): Promise<ApiReply> {
    try {
      return await this.dispatch(request);
    } catch (error) {
      const known = toApiError(error);
      if (known === undefined) {
        this.logger.error({ err: error, method: request.method, path: request.path }, 'a request failed');
        return { status: 500, body: { code: 'internal_error', message: 'Something went wrong on our side.' } };
      }
      return { status: known.status, body: { code: known.code, message: known.message, ...known.details } };
    }
  }

  private async dispatch(request: ApiRequest): Promise<ApiReply> {
    const there = this.routes.filter(({ pattern }) => pattern.test(request.path));
    const found = there.find(({ route }) => route.method === request.method);
    if (!found) {
      throw there.length === 0
        ? new ApiError(404, 'not_found', `There is nothing at ${request.path}.`)
        : new ApiError(405, 'method_not_allowed', `${request.path} does not answer ${request.method}.`);
    }
    const { route, pattern } = found;
    if (route.access === 'user' && request.userId === undefined) throw new ApiError(401, 'missing_token', 'Send the header Authorization: Bearer <access token>.');
    const params = pattern.exec(request.path)?.groups ?? {};
    const body = route.method === 'POST' ? parseBody(request.body) : undefined;
    return route.handle({ params, query: request.query, body, userId: request.userId ?? '' });
  }
}

function patternOf(path: string): RegExp {
  const escaped = path.replace(/[.]/g, '\\.').replace(/\{([A-Za-z]+)\}/g, '(?<$1>[^/]+)');
  return new RegExp(`^${escaped}$`);
}

function parseBody(text: string | undefined): unknown {
  if (text === undefined || text === '') throw new ApiError(400, 'missing_body', 'Send a JSON body.');
  if (Buffer.byteLength(text) > MAX_BODY) throw new ApiError(413, 'body_too_large', `A body may have at most ${MAX_BODY} bytes.`);
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(400, 'invalid_json', 'The body is not JSON.');
  }
}
