import { ApiError } from './errors';
import type { Limits } from './limits';
import type { LoadGate } from './load-gate';
import { type PreferenceHeaders, preferencesOf } from './preferences';
import type { Reply } from './reply';
import type { Route, Scope } from './route';
import { validate } from './validate';
import { stageOf } from '../../runtime';
import type { Caller } from '../auth/token-verifier';
import type { Turn } from '../orders/turns';

export interface PipelineOptions {
  readonly operatorsGroup: string;
  readonly limits: Limits;
  readonly gate: LoadGate;
}

/** A request, however it came. */
export interface Ask {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: PreferenceHeaders;
  /** Network address, where it is known. */
  readonly address?: string;
  readonly turn: Turn;
  /** Says who asks. @throws ApiError 401, 503 */
  authenticate(): Promise<Caller>;
  /** Reads the body. @throws ApiError 4xx */
  readBody(): unknown;
}

/** Scopes of a token that say what it may do here; a token that has one of them may do nothing else. */
export const TOKEN_SCOPES: Readonly<Record<Exclude<Scope, 'public'>, string>> = {
  read: 'trading/read', trade: 'trading/trade', operate: 'trading/operate',
};

const GRANTS = new Set(Object.values(TOKEN_SCOPES));

/**
 * What every request passes, in this order: is there room for it, does its address ask too much, who is it, may they, do they ask too much, is it
 * well-formed. The same for HTTP and for the WebSocket.
 */
export class Pipeline {
  constructor(private readonly options: PipelineOptions) {}

  /** @throws ApiError, DomainError and what the route throws */
  async answer(route: Route, ask: Ask): Promise<Reply> {
    const { limits, gate } = this.options;
    const { rate } = route;
    gate.admit(rate);
    let headers = ask.address === undefined ? undefined : await limits.take(rate, 'address', ask.address);
    let accountId = '';
    if (route.scope !== 'public') {
      const caller = await stageOf('jwt', () => ask.authenticate());
      this.authorize(route.scope, caller);
      ({ accountId } = caller);
      headers = await limits.take(rate, 'user', accountId);
    }
    const preferences = preferencesOf(route, ask.headers);
    const params = validate(route.params, ask.params);
    const query = validate(route.query, ask.query);
    const body = route.body ? validate(route.body, await ask.readBody()) : undefined;
    const more = route.cost(body) - 1;
    if (more > 0) headers = await limits.take(rate, 'user', accountId, more);
    const reply = await route.handle({ params, query, body, preferences }, { accountId, turn: ask.turn });
    return headers ? { ...reply, headers: { ...headers, ...reply.headers } } : reply;
  }

  private authorize(scope: Exclude<Scope, 'public'>, { groups, scopes }: Caller): void {
    if (scopes.some((one) => GRANTS.has(one)) && !scopes.includes(TOKEN_SCOPES[scope])) {
      throw new ApiError(403, 'insufficient_scope', `The token lacks the scope ${TOKEN_SCOPES[scope]}.`, {}, {
        'www-authenticate': `Bearer error="insufficient_scope", scope="${TOKEN_SCOPES[scope]}"`,
      });
    }
    const { operatorsGroup } = this.options;
    if (scope === 'operate' && !groups.includes(operatorsGroup)) {
      throw new ApiError(403, 'forbidden', `Only members of the group ${operatorsGroup} may do this.`);
    }
  }
}
