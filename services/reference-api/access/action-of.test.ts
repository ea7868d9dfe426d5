import { actionOf, CHANGES, resourceOf, type RouteAction } from './action-of';
import { ACTIONS } from '../../adapters/access/rule';
import { routes } from '../http/routes';
import type { RouteDependencies } from '../http/routes/dependencies';

// Routes touch what they answer from only when they answer.
const all = routes({ entry: {} } as RouteDependencies);
const known: readonly RouteAction[] = [...ACTIONS, 'operate', 'always'];

test('every route is an action, and what changes something is one that somebody has thought about', () => {
  for (const route of all) {
    const name = `${route.method} ${route.path}`;
    expect([name, known.includes(route.action)]).toEqual([name, true]);
    expect([name, route.action === 'operate']).toEqual([name, route.scope === 'operate']);
    expect([name, route.action === 'always']).toEqual([name, route.scope === 'public' || route.path === '/v1/access' || /^\/v1\/sessions/.test(route.path) && route.method === 'delete']);
    // A new name behind /v1/ is to be put into CHANGES.
    if (route.scope === 'trade' && route.action !== 'cancel' && route.action !== 'always') expect([name, Object.keys(CHANGES)]).toEqual([name, expect.arrayContaining([resourceOf(route.path)])]);
  }
});

test.each<[string, RouteAction]>([
  ['post /v1/orders', 'place'], ['post /v1/orders/batch', 'place'], ['post /v1/order-lists', 'place'],
  ['patch /v1/orders/{id}', 'amend'], ['patch /v1/orders/by-client-id/{clientOrderId}', 'amend'],
  ['delete /v1/orders', 'cancel'], ['delete /v1/orders/{id}', 'cancel'], ['delete /v1/automations/{id}', 'cancel'], ['delete /v1/api-keys/{id}', 'cancel'],
  ['post /v1/automations', 'automations'], ['post /v1/transfers', 'transfer'], ['post /v1/api-keys', 'api_keys'],
  ['get /v1/orders', 'read'], ['get /v1/api-keys', 'read'], ['get /v1/access', 'always'], ['get /v1/instruments', 'always'],
  ['post /v1/admin/trading-states', 'operate'], ['put /v1/admin/access/{kind}/{subject}', 'operate'],
])('%s is %s', (name, action) => {
  expect(all.find(({ method, path }) => `${method} ${path}` === name)?.action).toBe(action);
});

test('a route that nobody has thought about is one that can be denied', () => {
  expect(actionOf({ method: 'post', path: '/v1/something-new', scope: 'trade', rate: 'read' } as Parameters<typeof actionOf>[0])).toBe('account');
});
