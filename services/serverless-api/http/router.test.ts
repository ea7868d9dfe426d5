import { ApiError } from './api-error';
import { lambdaHandler } from './lambda';
import { Router } from './router';
import { logger } from '../testing/given';

const router = new Router([
  { method: 'GET', path: '/v1/symbols/{symbol}/trades', access: 'public', handle: ({ params, query }) => ({ status: 200, body: { ...params, ...query } }) },
  { method: 'POST', path: '/v1/trades', access: 'user', handle: ({ body, userId }) => ({ status: 201, body: { body, userId } }) },
  { method: 'GET', path: '/v1/own', access: 'public', handle: () => { throw new ApiError(422, 'no', 'not like this', { field: 'x' }); } },
  { method: 'GET', path: '/v1/fault', access: 'public', handle: () => { throw new Error('the password is 123'); } },
], logger);
const ask = (method: string, path: string, more: object = {}) => router.answer({ method, path, query: {}, ...more });

test('finds routes by method and path, with parameters and query', async () => {
  expect(await ask('GET', '/v1/symbols/BTCUSDT/trades', { query: { limit: '5' } })).toEqual({ status: 200, body: { symbol: 'BTCUSDT', limit: '5' } });
  expect((await ask('GET', '/v1/symbols/a/b/trades')).status).toBe(404);
  expect((await ask('DELETE', '/v1/trades')).status).toBe(405);
});

test('a private route needs somebody', async () => {
  expect(await ask('POST', '/v1/trades', { body: '{}' })).toMatchObject({ status: 401, body: { code: 'missing_token' } });
  expect(await ask('POST', '/v1/trades', { body: '{"a":1}', userId: 'me' })).toEqual({ status: 201, body: { body: { a: 1 }, userId: 'me' } });
});

test.each([[undefined, 400, 'missing_body'], ['{', 400, 'invalid_json'], ['"'.padEnd(17_000, 'x') + '"', 413, 'body_too_large']])('a bad body is refused', async (body, status, code) => {
  expect(await ask('POST', '/v1/trades', { body, userId: 'me' })).toMatchObject({ status, body: { code } });
});

test('a known error says what is wrong, any other says nothing', async () => {
  expect(await ask('GET', '/v1/own')).toEqual({ status: 422, body: { code: 'no', message: 'not like this', field: 'x' } });
  const answer = await ask('GET', '/v1/fault');
  expect(answer.status).toBe(500);
  expect(JSON.stringify(answer)).not.toContain('123');
});

test('a function takes who it is from the claims of the authorizer and nowhere else', async () => {
  const event = { httpMethod: 'POST', path: '/v1/trades', body: '{}', isBase64Encoded: false, queryStringParameters: null, headers: { 'x-user': 'other' } };
  const handler = lambdaHandler(router);
  const call = (requestContext: object) => handler({ ...event, requestContext } as unknown as Parameters<typeof handler>[0]);
  expect(await call({ authorizer: { claims: { sub: 'me' } } })).toMatchObject({ statusCode: 201, body: '{"body":{},"userId":"me"}', headers: { 'cache-control': 'no-store' } });
  expect(await call({})).toMatchObject({ statusCode: 401 });
});
