import { createSign, generateKeyPairSync } from 'node:crypto';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { authorize, tokenVerifier, type Verify } from './authorize';
import { ensureTls } from '../../../local/servers/tls';

const ACCOUNT = 'aaaaaaaa-0000-4000-8000-000000000001';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function sign(claims: object, kid = 'own', key = privateKey): string {
  const text = `${base64url({ alg: 'RS256', kid })}.${base64url(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
}

let dir: string;
let server: Server;
let issuer: string;
let verify: Verify;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'authorizer-'));
  const tls = await ensureTls(join(dir, 'tls'));
  setDefaultCACertificates([...getCACertificates('bundled'), readFileSync(tls.caFile, 'utf8')]);
  const keys = ['own', 'CognitoLocal'].map((kid) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }));
  server = createServer({ key: readFileSync(tls.keyFile), cert: readFileSync(tls.certFile) }, (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  issuer = `https://localhost:${(server.address() as AddressInfo).port}/pool`;
  verify = tokenVerifier(issuer, 'client');
});
afterAll(() => {
  server.close();
  rmSync(dir, { recursive: true, force: true });
});

const exp = Math.floor(Date.now() / 1_000) + 600;
const claims = (more: object = {}) => ({ iss: issuer, sub: ACCOUNT, token_use: 'access', client_id: 'client', scope: 'aws.cognito.signin.user.admin', exp, ...more });
const refusals: string[] = [];
const logger = { info: (fields: { reason?: string }) => { refusals.push(fields.reason ?? ''); } } as never;
const ask = (protocol: string | undefined, by: Verify = verify, headers: Record<string, string> = {}, origins = ['*']) => (
  authorize({ methodArn: 'arn:the-stage', headers: { 'Sec-WebSocket-Protocol': protocol, ...headers } }, by, origins, logger));

test('a good access token lets its account in until it expires', async () => {
  expect(await ask(`bearer, ${sign(claims())}`)).toEqual({
    principalId: ACCOUNT,
    policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: 'arn:the-stage' }] },
    context: { accountId: ACCOUNT, expiresAt: exp * 1_000 },
  });
});

test.each<[string, () => string | undefined, RegExp]>([
  ['no token', () => undefined, /no token follows/],
  ['a token without its protocol', () => sign(claims()), /no token follows/],
  ['two tokens', () => `bearer, ${sign(claims())}, x`, /no token follows/],
  ['something that is no token', () => 'bearer, abc', /./],
  ['an identity token', () => `bearer, ${sign(claims({ token_use: 'id' }))}`, /not an access token/],
  ['a token of another client', () => `bearer, ${sign(claims({ client_id: 'other' }))}`, /another client/],
  ['a token of a machine', () => `bearer, ${sign(claims({ scope: 'orders/write' }))}`, /lacks a scope/],
  ['a token of another pool', () => `bearer, ${sign(claims({ iss: 'https://elsewhere' }))}`, /[Ii]ssuer/],
  ['a token that has expired', () => `bearer, ${sign(claims({ exp: exp - 3_600 }))}`, /expired/i],
  ['a token that somebody else signed', () => `bearer, ${sign(claims(), 'own', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)}`, /[Ss]ignature/],
  ['a token for no account', () => `bearer, ${sign(claims({ sub: 'root' }))}`, /names no account/],
])('%s is refused', async (_, protocol, reason) => {
  refusals.length = 0;
  expect(await ask(protocol())).toMatchObject({ principalId: 'nobody', policyDocument: { Statement: [{ Effect: 'Deny' }] }, context: {} });
  expect(refusals).toEqual([expect.stringMatching(reason)]);
});

test.each<[string | undefined, boolean]>([
  ['https://trade.example.com', true], ['https://evil.example.com', false], ['https://trade.example.com.evil.com', false], ['null', false], [undefined, true],
])('where origins are named, a page of %s connects: %s', async (origin, connects) => {
  const answer = await ask(`bearer, ${sign(claims())}`, verify, origin === undefined ? {} : { Origin: origin }, ['https://trade.example.com']);
  expect(answer).toMatchObject({ policyDocument: { Statement: [{ Effect: connects ? 'Allow' : 'Deny' }] } });
});

test('the emulator\'s key, which everybody has, is good on this machine only', async () => {
  expect(await ask(`bearer, ${sign(claims(), 'CognitoLocal')}`)).toMatchObject({ principalId: ACCOUNT });
  refusals.length = 0;
  const elsewhere = tokenVerifier('https://cognito-idp.us-east-1.amazonaws.com/us-east-1_pool', 'client');
  expect(await ask(`bearer, ${sign(claims(), 'CognitoLocal')}`, elsewhere)).toMatchObject({ principalId: 'nobody' });
  expect(refusals).toEqual(['the token is signed with a key that is public knowledge']);
});
