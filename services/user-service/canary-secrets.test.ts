/** Secrets that a client can plant appear in no log line, in no answer and in no entry of the audit trail. */
import { Writable } from 'node:stream';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { AccessControl } from './access-control';
import { UserService } from './user-service';
import { AuditTrail } from '../adapters/audit/audit-trail';
import { Sessions } from '../adapters/sessions/sessions';
import { startTables, type TestTables } from '../adapters/sessions/testing/tables';
import { createLogger } from '../runtime';

const CANARIES = { token: 'canary.token.91bc', cookie: 'canary-cookie-55d0', body: 'canary-body-7f3a', query: 'canary-query-0c1e', claim: 'canary-claim-88aa' };
let tables: TestTables;
beforeAll(async () => { tables = await startTables(); });
afterAll(() => tables?.stop());

const ROUTES = ['GET /v1/users/me', 'GET /v1/users/me/sessions', 'DELETE /v1/users/me/sessions', 'DELETE /v1/users/me/sessions/{sessionId}', 'GET /v1/access-control', 'POST /v1/x'];

test.each([['all is well', false], ['everything behind it is away', true]])('when %s', async (_, away) => {
  let written = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const failing = { send: (command: { input: unknown }) => Promise.reject(Object.assign(new Error('away'), { command, config: CANARIES })) };
  const client = away ? failing as unknown as typeof tables.client : tables.client;
  const service = new UserService({
    sessions: new Sessions({ client, table: tables.sessions, lifetimeSeconds: 3_600, perUser: 3 }),
    audit: new AuditTrail({ client, table: tables.audit, writer: 'user-service' }),
    access: new AccessControl([]),
    signOutEverywhere: (token) => Promise.reject(Object.assign(new Error(`NotAuthorized: Bearer ${token}`), { request: { token } })),
    logger: createLogger({ service: 'user-service', environment: 'test', level: 'trace' }, sink),
  });
  const answers: string[] = [];
  for (const route of ROUTES) {
    const [httpMethod, resource] = route.split(' ');
    const event = {
      httpMethod, resource, path: resource, pathParameters: { sessionId: 'unknown' },
      headers: { Authorization: `Bearer ${CANARIES.token}`, Cookie: `session=${CANARIES.cookie}` },
      queryStringParameters: { access_token: CANARIES.query },
      body: JSON.stringify({ password: CANARIES.body }),
      requestContext: {
        authorizer: { claims: { sub: 'ada', jti: CANARIES.claim, origin_jti: CANARIES.claim, auth_time: String(Math.floor(Date.now() / 1_000)) } },
        identity: { userAgent: 'curl/8', sourceIp: '203.0.113.9' },
      },
    };
    answers.push((await service.handle(event as unknown as APIGatewayProxyEvent)).body);
  }
  expect(written).toContain(away ? 'a request failed' : 'refresh tokens were not revoked');
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb');
  const entries = JSON.stringify((await tables.client.send(new ScanCommand({ TableName: tables.audit }))).Items);
  if (!away) expect(entries).toContain('203.0.113.9 curl/8');
  for (const canary of Object.values(CANARIES)) {
    for (const where of [written, answers.join(), entries]) expect([canary, where.includes(canary)]).toEqual([canary, false]);
  }
});
