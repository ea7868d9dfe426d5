/** Rules of operators stand above the template's list, in the answers of the user service as well. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { AccessControl, restricted } from './access-control';
import { UserService } from './user-service';
import type { Levels } from '../adapters/access/combine';
import type { Sessions } from '../adapters/sessions/sessions';
import { createLogger } from '../runtime';

const BASE = { permissions: ['market:read', 'orders:read', 'orders:write', 'reports:read'], limits: { ordersPerSecond: 10, openOrders: 500 } };

test.each<[string, Levels, Partial<typeof BASE['limits']> & { permissions?: readonly string[] }]>([
  ['no rule', [[], [], []], {}],
  ['placing is denied', [[{ actions: { deny: ['place'] } }], [], []], { permissions: ['market:read', 'orders:read', 'reports:read'] }],
  ['everything is denied to everybody, reading allowed to the user', [[{ actions: { allow: ['read'] } }], [], [{ actions: { deny: ['*'] } }]], {
    permissions: ['market:read', 'orders:read', 'reports:read'],
  }],
  ['fewer orders', [[], [{ ordersPerSecond: 3 }], []], { ordersPerSecond: 3 }],
  ['more orders than the template has', [[{ ordersPerSecond: 50 }], [], []], {}],
])('%s', (_, levels, { permissions = BASE.permissions, ordersPerSecond = 10 }) => {
  expect(restricted(BASE, levels)).toEqual({ permissions, limits: { ordersPerSecond, openOrders: 500 } });
});

test('a user is told what is left; while nobody can read the rules, nothing', async () => {
  const asked: unknown[] = [];
  let away = false;
  const service = new UserService({
    sessions: { see: () => Promise.resolve('known') } as unknown as Sessions,
    audit: { add: () => Promise.reject(new Error('not asked for')) },
    access: new AccessControl([{ group: 'traders', ...BASE, ...BASE.limits, limits: undefined }].map(({ limits: _, ...group }) => group)),
    rules: {
      levelsOf: (userId, groups) => {
        asked.push([userId, groups]);
        return away ? Promise.reject(new Error('away')) : Promise.resolve([[{ actions: { deny: ['place'] } }], [], []]);
      },
    },
    signOutEverywhere: () => Promise.resolve(),
    logger: createLogger({ service: 'user-service', environment: 'test', level: 'silent' }),
  });
  const me = () => service.handle({
    httpMethod: 'GET', resource: '/v1/users/me', path: '/v1/users/me', headers: {},
    requestContext: { authorizer: { claims: { 'sub': 'ada', 'jti': 'x', 'auth_time': '1800000000', 'cognito:groups': 'traders' } }, identity: {} },
  } as unknown as APIGatewayProxyEvent);
  const { statusCode, body } = await me();
  expect([statusCode, JSON.parse(body)]).toMatchObject([200, { permissions: ['market:read', 'orders:read', 'reports:read'] }]);
  expect(asked).toEqual([['ada', ['traders']]]);
  away = true;
  expect((await me()).statusCode).toBe(503);
});
