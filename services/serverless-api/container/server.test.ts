import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApiServer } from './server';
import { Health } from '../../runtime';
import { Router } from '../http/router';
import { logger } from '../testing/given';

let server: Server;
let url: string;

beforeAll(async () => {
  const router = new Router([
    { method: 'GET', path: '/v1/open', access: 'public', handle: ({ query }) => ({ status: 200, body: query }) },
    { method: 'POST', path: '/v1/own', access: 'user', handle: ({ userId, body }) => ({ status: 201, body: { userId, body } }) },
  ], logger);
  const verify = (token: string) => (token === 'good' ? Promise.resolve('me') : Promise.reject(new Error('bad')));
  server = createApiServer({ router, verify, health: new Health('test'), logger });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

test('answers the routes of the function, with what it got', async () => {
  const answer = await fetch(`${url}/v1/open?a=1`);
  expect([answer.status, await answer.json(), answer.headers.get('cache-control')]).toEqual([200, { a: '1' }, 'no-store']);
  expect((await fetch(`${url}/health`)).status).toBe(200);
});

test.each([[undefined, 401], ['Bearer bad', 401], ['Bearer good', 201], ['good', 201]])('%s gets %i', async (authorization, status) => {
  const answer = await fetch(`${url}/v1/own`, { method: 'POST', body: '{"a":1}', headers: authorization === undefined ? {} : { authorization } });
  expect(answer.status).toBe(status);
  if (status === 201) expect(await answer.json()).toEqual({ userId: 'me', body: { a: 1 } });
});

test('a body without end is refused', async () => {
  const answer = await fetch(`${url}/v1/own`, { method: 'POST', body: 'x'.repeat(17_000), headers: { authorization: 'good' } });
  expect(answer.status).toBe(413);
});
