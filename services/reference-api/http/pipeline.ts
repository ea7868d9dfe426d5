import type { RequestAudit } from './audit';
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
  /** Default: nothing is written down. */
  readonly audit?: RequestAudit;
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

/** What a request brought, as far as it has been checked. */
interface Checked {
  params: unknown;
  query: unknown;
  body: unknown;
}

const GRANTS = new Set(Object.values(TOKEN_SCOPES));

/**
 * What every request passes, in this order: is there room for it, does its address ask too much, who is it, may they, do they ask too much, is it
 * well-formed. The same for HTTP and for the WebSocket.
 */
export class Pipeline {
  constructor(private readonly options: PipelineOptions) {}

  /** @throws ApiError, DomainError and what the route throws */
  async answer(route: Route, ask: Ask): Promise<Reply> {
    const { limits, gate, audit } = this.options;
    gate.admit(route.rate);
    const headers = ask.address === undefined ? undefined : await limits.take(route.rate, 'address', ask.address);
    const caller = route.scope === 'public' ? undefined : await stageOf('jwt', () => ask.authenticate());
    // From here on it is known who asks, so a refusal is worth a line too.
    const checked: Checked = { params: ask.params, query: ask.query, body: undefined };
    const perform = (): Promise<Reply> => this.perform(route, ask, caller, checked, headers);
    if (audit?.concerns(route) !== true) return perform();
    return audit.around(route, () => ({ ...checked, accountId: caller?.accountId ?? '', address: ask.address }), perform);
  }

  private async perform(
    route: Route, ask: Ask, caller: Caller | undefined, checked: Checked, given: Readonly<Record<string, string>> | undefined,
  ): Promise<Reply> {
    const { limits } = this.options;
    const { rate } = route;
    let headers = given;
    const accountId = caller?.accountId ?? '';
    if (caller !== undefined) {
      this.authorize(route.scope, caller);
      headers = await limits.take(rate, 'user', accountId);
    }
    const preferences = preferencesOf(route, ask.headers);
    const params = validate(route.params, ask.params);
    const query = validate(route.query, ask.query);
    const body = route.body ? validate(route.body, await ask.readBody()) : undefined;
    Object.assign(checked, { params, query, body });
    const more = route.cost(body) - 1;
    if (more > 0) headers = await limits.take(rate, 'user', accountId, more);
    const reply = await route.handle({ params, query, body, preferences }, { accountId, turn: ask.turn });
    return headers ? { ...reply, headers: { ...headers, ...reply.headers } } : reply;
  }

  private authorize(scope: Scope, { groups, scopes }: Caller): void {
    if (scope === 'public') return;
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
