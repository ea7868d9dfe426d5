import { BinanceError, toBinanceError } from './errors';
import type { FacadeAsker, Operation } from './operation';
import type { Params } from './params';
import { checkSignature, checkTime } from './signature';
import type { Logger } from '../../runtime';
import type { AccessControl, Origin } from '../access/access-control';
import type { Members } from '../access/members';
import { Rights } from '../access/rights';
import { type ApiKeys, permits, usableFrom } from '../auth/api-keys';
import type { Caller } from '../auth/token-verifier';
import type { Limits } from '../http/limits';
import type { LoadGate } from '../http/load-gate';
import { TOKEN_SCOPES } from '../http/pipeline';
import type { Turn } from '../orders/turns';

/** A request, however it came. */
export interface FacadeAsk {
  readonly params: Params;
  /** What it says who it is. */
  readonly apiKey: string | undefined;
  /** What was signed; built only when it is needed. */
  readonly signedText: () => string;
  readonly address: string | undefined;
  readonly turn: Turn;
}

export interface FacadeOptions {
  readonly operations: readonly Operation[];
  readonly keys: ApiKeys;
  readonly access: AccessControl;
  readonly members: Members;
  readonly limits: Limits;
  readonly gate: LoadGate;
  readonly logger: Logger;
}

/** An answer, or an error as Binance has it. */
export interface FacadeReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

const NOBODY: Caller = { accountId: '', groups: [], scopes: [], expiresAt: 0 };
const KEY = /^[0-9a-f]{64}$/;
const badKey = (): BinanceError => new BinanceError(-2015, 'Invalid API-key, IP, or permissions for action.', 401);

/** What every request of Binance's API passes: room, the address's allowance, key and signature, the user's allowance; then the operation. */
export class Facade {
  private readonly byHttp: ReadonlyMap<string, Operation>;
  private readonly byWs: ReadonlyMap<string, Operation>;

  constructor(private readonly options: FacadeOptions) {
    const { operations } = options;
    this.byHttp = new Map(operations.flatMap((one) => (one.http ? [[one.http.join(' '), one]] : [])));
    this.byWs = new Map(operations.flatMap((one) => (one.ws ? [[one.ws, one]] : [])));
  }

  get operations(): readonly Operation[] {
    return this.options.operations;
  }

  /** @param path below `/api/v3` */
  ofHttp(method: string, path: string): Operation | undefined {
    return this.byHttp.get(`${method} ${path}`);
  }

  ofWs(method: string): Operation | undefined {
    return this.byWs.get(method);
  }

  /** Answers a request. Never fails: whatever happens is an answer. */
  async answer(operation: Operation, ask: () => FacadeAsk | Promise<FacadeAsk>): Promise<FacadeReply> {
    const headers: Record<string, string> = {};
    try {
      const { rate, scope, takes, weight = 1 } = operation;
      const { gate, limits } = this.options;
      gate.admit(rate);
      const asked = await ask();
      const { params, address, turn } = asked;
      if (address !== undefined) Object.assign(headers, weightOf(await limits.take(rate, 'address', address, weight)));
      const origin: Origin = { by: 'api_key', address };
      let [caller, rights] = [NOBODY, Rights.FULL];
      if (scope !== 'public') {
        [caller, rights] = await this.authenticate(operation, asked);
        // Before anything of it is done: replacing an order begins with the end of the one before.
        const symbol = scope === 'trade' && rate !== 'cancel' ? params.text('symbol') : undefined;
        if (symbol !== undefined) rights.requireInstrument(symbol);
        // Orders are counted where they are taken.
        if (rate === 'read') Object.assign(headers, weightOf(await limits.take(rate, 'user', caller.accountId, weight)));
      }
      if (takes) params.only(takes);
      const asker: FacadeAsker = { accountId: caller.accountId, caller, rights, origin, turn };
      return { status: 200, body: await operation.handle(params, asker), headers };
    } catch (error) {
      return this.failed(error, headers);
    }
  }

  /** What a failure is told as; a fault of ours is logged and told as nothing but that. */
  failed(error: unknown, headers: Readonly<Record<string, string>> = {}): FacadeReply {
    const known = toBinanceError(error);
    if (!known) this.options.logger.error({ err: error }, 'a request failed');
    const { status, code, msg, data, headers: more } = known ?? new BinanceError(-1000, 'An unknown error occurred while processing the request.', 500);
    return { status, body: { code, msg, ...(data ? { data } : {}) }, headers: { ...headers, ...more } };
  }

  /** Whose request it is, and what they may do. @throws BinanceError -2014, -2015, -1022, -1021; ApiError 403, 503 */
  async authenticate({ scope, rate, unsigned }: Pick<Operation, 'scope' | 'rate' | 'unsigned'>, ask: Omit<FacadeAsk, 'turn'>): Promise<[Caller, Rights]> {
    const { params, apiKey, signedText, address } = ask;
    if (apiKey === undefined || !KEY.test(apiKey)) throw new BinanceError(-2014, 'API-key format invalid.', 401);
    const key = await this.options.keys.find(apiKey);
    if (!key) throw badKey();
    if (!unsigned) {
      checkTime(params);
      checkSignature(signedText(), params.text('signature'), key.secret);
    }
    if (!usableFrom(key.facts, address) || (scope !== 'public' && !permits(key.facts, scope))) throw badKey();
    const { accountId, permissions } = key.facts;
    const { access, members } = this.options;
    const scopes = permissions.map((permission) => TOKEN_SCOPES[permission]);
    const caller: Caller = { accountId, groups: await members.groupsOf(accountId), scopes, expiresAt: Number.MAX_SAFE_INTEGER };
    const rights = access.admit(scope === 'read' ? 'read' : rate === 'cancel' ? 'cancel' : 'place', caller, { by: 'api_key', address });
    if (!rights.may('api_keys')) throw badKey();
    return [caller, rights];
  }
}

/** How much of an allowance is used, as Binance's clients read it. */
function weightOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'ratelimit-limit': limit, 'ratelimit-remaining': remaining } = headers;
  const used = String(Number(limit) - Number(remaining));
  return limit === undefined ? {} : { 'x-mbx-used-weight': used, 'x-mbx-used-weight-10s': used };
}
