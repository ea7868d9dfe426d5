import { type Api, ApiProblem } from './api';

/** The account as such, where the system gives every account something to begin with. */
export interface AccountFacts {
  readonly status: 'open' | 'not_open';
  readonly openedAt?: number;
  readonly startingBalances: readonly { readonly asset: string; readonly amount: string; readonly partition?: number }[];
  readonly lastReset?: { readonly resetId: string; readonly time: number };
  readonly resetAvailableAt?: number;
}

/** @returns undefined where accounts begin with nothing. @throws ApiProblem */
export async function accountFacts(api: Api): Promise<AccountFacts | undefined> {
  try {
    return await api.get<AccountFacts>('/v1/account');
  } catch (error) {
    if (error instanceof ApiProblem && (error.status === 501 || error.status === 404)) return undefined;
    throw error;
  }
}

/** Gives an account that was never open what it begins with. The server does it once for ever, however often it is asked. */
export async function openAccount(api: Api): Promise<AccountFacts | undefined> {
  const facts = await accountFacts(api);
  if (facts?.status !== 'not_open') return facts;
  await api.sendSurely('PUT', '/v1/account', undefined);
  return { ...facts, status: 'open' };
}

/** Begins the account anew. Its id makes a repetition after a lost answer harmless. @throws ApiProblem */
export async function resetAccount(api: Api, clientResetId: string): Promise<void> {
  await api.sendSurely('POST', '/v1/account/reset', { clientResetId });
}

/** One point of the equity curve. Amounts are decimals as text. */
export interface EquityPoint {
  readonly time: number;
  readonly equity: string;
  readonly cash: string;
  /** Since the first point, without what came in or went out. */
  readonly profit: string;
  readonly flows?: readonly { readonly kind: string; readonly asset: string; readonly amount: string }[];
  readonly unpriced?: readonly string[];
}

export interface EquityCurve {
  readonly asset: string;
  readonly points: readonly EquityPoint[];
}

const HOUR = 3_600_000;
/** What the curve can be looked at by: how far back, and in which steps. */
export const RANGES = {
  '1h': { spanMs: HOUR, interval: '1m' },
  '1d': { spanMs: 24 * HOUR, interval: '5m' },
  '1w': { spanMs: 168 * HOUR, interval: '1h' },
  '1m': { spanMs: 720 * HOUR, interval: '4h' },
  'all': { spanMs: undefined, interval: '1d' },
} as const;
export type Range = keyof typeof RANGES;

/** When the account began, or began anew. */
const beginningOf = (facts: AccountFacts | undefined): number | undefined => facts?.lastReset?.time ?? facts?.openedAt;

/** How far back it is worth looking at first. */
export function firstRange(facts: AccountFacts | undefined, now: number): Range {
  const since = beginningOf(facts);
  return since !== undefined && now - since < 3 * HOUR ? '1h' : '1d';
}

/** Before its beginning the account is worth nothing, which is no part of the curve: without a first time the server begins there, to the moment. */
export function equityCurve(api: Api, range: Range, facts: AccountFacts | undefined, now: number): Promise<EquityCurve> {
  const { spanMs, interval } = RANGES[range];
  const from = spanMs === undefined || (beginningOf(facts) ?? 0) > now - spanMs ? undefined : now - spanMs;
  return api.get(`/v1/portfolio/equity?interval=${interval}${from === undefined ? '' : `&from=${Math.floor(from)}`}`);
}
