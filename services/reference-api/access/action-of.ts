import type { Action } from '../../adapters/access/rule';
import type { RouteDefinition } from '../http/route';

/** What a route is to the rules: an action, what operators do by their group alone, or what nobody can be denied. */
export type RouteAction = Action | 'operate' | 'always';

type Declared = Pick<RouteDefinition<undefined, undefined, undefined>, 'method' | 'path' | 'scope' | 'rate'>;

/** Actions of routes that change something, by the first name behind `/v1/`. A test fails for a name that is not here. */
export const CHANGES: Readonly<Record<string, Action>> = {
  'orders': 'place',
  'order-lists': 'place',
  'automations': 'automations',
  'transfers': 'transfer',
  'api-keys': 'api_keys',
  'account': 'account',
  'backtests': 'account',
  'trade-journal': 'account',
};

/** Routes that only take something away, though they are not counted as that. */
const TAKES_AWAY = new Set(['delete /v1/api-keys/{id}']);

/** To know what one may do, and to sign out. */
const NEVER_DENIED = ({ method, path }: Pick<Declared, 'method' | 'path'>): boolean => path === '/v1/access' || (method === 'delete' && resourceOf(path) === 'sessions');

/** First name of a path behind `/v1/`. */
export const resourceOf = (path: string): string => path.split('/')[2] ?? '';

/** The action that a route is; from what it declares anyway, so that a new route cannot be forgotten. */
export function actionOf({ method, path, scope, rate }: Declared): RouteAction {
  if (scope === 'public' || NEVER_DENIED({ method, path })) return 'always';
  if (scope === 'operate') return 'operate';
  if (scope === 'read') return 'read';
  if (rate === 'cancel' || TAKES_AWAY.has(`${method} ${path}`)) return 'cancel';
  const action = CHANGES[resourceOf(path)] ?? 'account';
  return action === 'place' && method === 'patch' ? 'amend' : action;
}
