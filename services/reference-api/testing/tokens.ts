import { createSign, generateKeyPairSync, createHmac, type KeyObject, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export const CLIENT_ID = 'client-of-the-tests';

interface Key {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newKey(kid: string): Key {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A stand-in for a user pool: publishes keys, and signs what it is told to. */
export class TestPool {
  readonly key = newKey('key-1');
  published: Key[] = [this.key];
  failing = false;
  fetches = 0;
  private readonly server: Server;
  issuer = '';

  constructor() {
    this.server = createServer((request, response) => {
      this.fetches += 1;
      if (this.failing || !request.url?.endsWith('/.well-known/jwks.json')) {
        response.writeHead(500).end('away');
        return;
      }
      const keys = this.published.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }));
    });
  }

  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.issuer = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/pool`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Claims of a good access token of an account. */
  claims(accountId: string, groups: readonly string[] = []): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      sub: accountId, iss: this.issuer, client_id: CLIENT_ID, token_use: 'access', scope: 'aws.cognito.signin.user.admin',
      iat: now, exp: now + 600, jti: randomUUID(), ...groups.length > 0 ? { 'cognito:groups': groups } : {},
    };
  }

  token(accountId: string, groups: readonly string[] = []): string {
    return this.sign(this.claims(accountId, groups));
  }

  sign(claims: Record<string, unknown>, key: Key = this.key, header: Record<string, unknown> = {}): string {
    const input = `${encode({ alg: 'RS256', typ: 'JWT', kid: key.kid, ...header })}.${encode(claims)}`;
    return `${input}.${createSign('RSA-SHA256').update(input).sign(key.privateKey, 'base64url')}`;
  }

  /** Not signed at all. */
  unsigned(claims: Record<string, unknown>): string {
    return `${encode({ alg: 'none', typ: 'JWT', kid: this.key.kid })}.${encode(claims)}.e30`;
  }

  /** Signed with the public key as if it were a shared secret. */
  confused(claims: Record<string, unknown>): string {
    const input = `${encode({ alg: 'HS256', typ: 'JWT', kid: this.key.kid })}.${encode(claims)}`;
    const secret = this.key.publicKey.export({ format: 'pem', type: 'spki' });
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }
}
