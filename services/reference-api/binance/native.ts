import type { FacadeAsker } from './operation';
import { ApiError } from '../http/errors';
import type { Pipeline } from '../http/pipeline';
import type { PreferenceHeaders } from '../http/preferences';
import type { Reply } from '../http/reply';
import type { Route } from '../http/route';

export interface NativeAsk {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Milliseconds to wait for the core's verdict. */
  readonly waitMs?: number;
}

/**
 * Asks the native routes, as their own transports do: one order path, with the same checks, scopes, limits and records, whichever API an order
 * came by.
 */
export class Native {
  private readonly byName: ReadonlyMap<string, Route>;

  constructor(routes: readonly Route[], private readonly pipeline: Pipeline) {
    this.byName = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  }

  /** @param name method and path as the route declares them */
  async answer(name: string, { caller, turn, origin }: FacadeAsker, { params = {}, query = {}, body, waitMs }: NativeAsk): Promise<Reply> {
    const route = this.byName.get(name);
    if (!route) throw new ApiError(500, 'internal_error', `There is no native route ${name}.`);
    const headers: PreferenceHeaders = waitMs === undefined ? {} : { prefer: `wait=${waitMs}` };
    // The address was counted when the request came.
    return this.pipeline.answer(route, { params, query, headers, turn, origin, authenticate: () => Promise.resolve(caller), readBody: () => body });
  }
}
