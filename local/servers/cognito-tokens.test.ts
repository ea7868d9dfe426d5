/** What the user directory adds to cognito-local: sign-ins that stay one session, refreshed or not, and their end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminCreateUserCommand, AdminSetUserPasswordCommand, CognitoIdentityProviderClient, CreateUserPoolClientCommand, CreateUserPoolCommand,
  GetTokensFromRefreshTokenCommand, GlobalSignOutCommand, InitiateAuthCommand, RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { startCognito } from './cognito';
import type { EmulatorServer } from './emulator';
import { ensureTls } from './tls';

const dir = mkdtempSync(join(tmpdir(), 'cognito-'));
let server: EmulatorServer;
let client: CognitoIdentityProviderClient;
let ClientId: string;

beforeAll(async () => {
  const tls = await ensureTls(join(dir, 'tls'));
  server = await startCognito({ dataDir: join(dir, 'data'), tls });
  client = new CognitoIdentityProviderClient({
    region: 'us-east-1', endpoint: server.url, credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: new NodeHttpHandler({ httpsAgent: new Agent({ ca: readFileSync(tls.caFile) }) }),
  });
  const UserPoolId = (await client.send(new CreateUserPoolCommand({ PoolName: 'pool' }))).UserPool!.Id!;
  ClientId = (await client.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'client' }))).UserPoolClient!.ClientId!;
  await client.send(new AdminCreateUserCommand({ UserPoolId, Username: 'demo', MessageAction: 'SUPPRESS' }));
  await client.send(new AdminSetUserPasswordCommand({ UserPoolId, Username: 'demo', Password: 'Passw0rd-', Permanent: true }));
});
afterAll(async () => {
  client?.destroy();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
});

const signIn = async () => {
  const { AuthenticationResult } = await client.send(new InitiateAuthCommand({
    AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters: { USERNAME: 'demo', PASSWORD: 'Passw0rd-' },
  }));
  return { access: AuthenticationResult!.AccessToken!, refresh: AuthenticationResult!.RefreshToken! };
};
const refresh = async (RefreshToken: string) => {
  const { AuthenticationResult } = await client.send(new GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken }));
  return AuthenticationResult!.AccessToken!;
};
const claims = (token: string): Record<string, unknown> => JSON.parse(String(Buffer.from(token.split('.')[1], 'base64url'))) as Record<string, unknown>;

test('tokens of one sign-in say so, those of another do not', async () => {
  const one = await signIn();
  const before = claims(one.access);
  expect(before).toMatchObject({ origin_jti: expect.any(String), auth_time: expect.any(Number) });
  const after = claims(await refresh(one.refresh));
  expect(after).toMatchObject({ origin_jti: before.origin_jti, auth_time: before.auth_time, sub: before.sub, client_id: ClientId, token_use: 'access', iss: before.iss });
  expect(after.jti).not.toBe(before.jti);
  expect(claims((await signIn()).access).origin_jti).not.toBe(before.origin_jti);
});

test('a refresh token that was revoked is refused, the others are not', async () => {
  const [one, other] = [await signIn(), await signIn()];
  await client.send(new RevokeTokenCommand({ ClientId, Token: one.refresh }));
  await expect(refresh(one.refresh)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  expect(claims(await refresh(other.refresh)).origin_jti).toBe(claims(other.access).origin_jti);
});

test('after a global sign-out none is taken; whose token was changed signs nobody out', async () => {
  const [one, other] = [await signIn(), await signIn()];
  await expect(client.send(new GlobalSignOutCommand({ AccessToken: `${one.access.slice(0, -8)}AAAAAAAA` }))).rejects.toMatchObject({ name: 'NotAuthorizedException' });
  await refresh(other.refresh);
  await client.send(new GlobalSignOutCommand({ AccessToken: one.access }));
  for (const { refresh: token } of [one, other]) await expect(refresh(token)).rejects.toMatchObject({ name: 'NotAuthorizedException' });
});
