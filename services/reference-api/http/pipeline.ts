import type { RequestAudit } from './audit';
import { ApiError } from './errors';
import type { Limits } from './limits';
import type { LoadGate } from './load-gate';
import { type PreferenceHeaders, preferencesOf } from './preferences';
import type { Reply } from './reply';
import type { RateClass, Route, Scope } from './route';
import { traced } from './traced';
import { validate } from './validate';
import { stageOf, type Tracing } from '../../runtime';
import type { AccessControl, Origin } from '../access/access-control';
import type { Members } from '../access/members';
import { Rights } from '../access/rights';
import type { Caller } from '../auth/token-verifier';
import type { Turn } from '../orders/turns';

export interface PipelineOptions {
  readonly operatorsGroup: string;
  readonly limits: Limits;
  readonly gate: LoadGate;
  /** Default: nothing is written down. */
  readonly audit?: RequestAudit;
  /** Default: nothing is traced. */
  readonly tracing?: Tracing;
  /** By what rules callers may do something. Default: by none. */
  readonly access?: AccessControl;
  readonly members?: Members;
}

/** A request, however it came. */
export interface Ask {
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: PreferenceHeaders;
  /** Network address, where it is known. */
  readonly address?: string;
  readonly turn: Turn;
  /** Where it came from, to the rules. Default: by a token from `address`. */
  readonly origin?: Origin;
  /** A header of the HTTP request; absent where there is none. */
  readonly header?: (name: string) => string | undefined;
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
  answer(route: Route, ask: Ask): Promise<Reply> {
    const { tracing } = this.options;
    // Probes come every few seconds and say nothing.
    if (tracing === undefined || route.rate === 'none') return this.pass(route, ask);
    return traced(tracing, route, ask.header, () => this.pass(route, ask));
  }

  private async pass(route: Route, ask: Ask): Promise<Reply> {
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
    let rights = Rights.FULL;
    if (caller !== undefined) {
      this.authorize(route.scope, caller);
      rights = this.admit(route, caller, ask);
      headers = await limits.take(rate, 'user', accountId, 1, mostOf(rate, rights));
    }
    const preferences = preferencesOf(route, ask.headers);
    const params = validate(route.params, ask.params);
    const query = validate(route.query, ask.query);
    const body = route.body ? validate(route.body, await ask.readBody()) : undefined;
    Object.assign(checked, { params, query, body });
    if (rights !== Rights.FULL) requireInstrument(route, body, rights);
    const more = route.cost(body) - 1;
    if (more > 0) headers = await limits.take(rate, 'user', accountId, more, mostOf(rate, rights));
    // Before there is a key it must be known of what groups its owner is a member.
    if (caller !== undefined && route.action === 'api_keys') await this.options.members?.remember(caller);
    const reply = await route.handle({ params, query, body, preferences }, { accountId, rights, turn: ask.turn, caller, header: ask.header });
    return headers ? { ...reply, headers: { ...headers, ...reply.headers } } : reply;
  }

  /** By the rules. @throws ApiError 403, 503 */
  private admit({ action }: Route, caller: Caller, { address, origin = { by: 'token', address } }: Ask): Rights {
    const { access, members } = this.options;
    if (origin.by === 'token') members?.note(caller);
    return access?.admit(action, caller, origin) ?? Rights.FULL;
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

/** Most orders of a caller in a second, where rules say so. */
function mostOf(rate: RateClass, rights: Rights): number | undefined {
  return rate === 'order' && rights !== Rights.FULL ? rights.ordersPerSecond : undefined;
}

/** Orders of a batch are judged one by one, and what is changed by its id when its instrument is known. @throws ApiError 403 */
function requireInstrument({ action }: Route, body: unknown, rights: Rights): void {
  const { symbol } = (body ?? {}) as { readonly symbol?: unknown };
  if (typeof symbol === 'string' && (action === 'place' || action === 'amend' || action === 'automations')) rights.requireInstrument(symbol);
}
