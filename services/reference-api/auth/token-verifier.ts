import { hash } from 'node:crypto';
import { JwtVerifier } from 'aws-jwt-verify';
import { JwtExpiredError } from 'aws-jwt-verify/error';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { KeyStore } from './key-store';
import { Lru } from './lru';
import { sessionIdOf } from '../../adapters/sessions/session';
import { isUuid } from '../../domain';
import type { Logger } from '../../runtime';

/** Who sent a request, as a verified access token says. */
export interface Caller {
  /** The token's `sub`. */
  readonly accountId: string;
  readonly groups: readonly string[];
  /** What the token may be used for. */
  readonly scopes: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** What all tokens of one sign-in share; undefined for who did not sign in, such as a program with an API key. */
  readonly sessionId?: string;
  /** Second of the epoch at which the user signed in. */
  readonly signedInAt?: number;
}

/** Knows which sessions are over. */
export interface SessionCheck {
  /**
   * @param client what the program calls itself
   * @throws InvalidTokenError `session_ended`; KeysUnavailableError
   */
  check(caller: Caller, client?: string): void;
}

/** A token that nobody should trust. */
export class InvalidTokenError extends Error {
  constructor(readonly code: 'invalid_token' | 'expired_token' | 'session_ended', message: string) {
    super(message);
    this.name = 'InvalidTokenError';
  }
}

export interface TokenVerifierOptions {
  readonly issuer: string;
  readonly clientId: string;
  /** A second client whose tokens are as good: that of the sign-in pages for accounts from elsewhere. */
  readonly federatedClientId?: string;
  readonly logger: Logger;
  /** Scopes that a token must have, all of them. */
  readonly requiredScopes?: readonly string[];
  /** Refuses good tokens of sessions that are over; default: a token is good until it expires. */
  readonly sessions?: SessionCheck;
  /** Most verified tokens that are remembered until they expire. */
  readonly cacheSize?: number;
  /** See `KeyStoreOptions`. */
  readonly cooldownMs?: number;
  readonly retryMs?: number;
}

/** Key id of the local Cognito emulator, whose private key is published with it: anybody can sign with it. */
const PUBLIC_KEY_ID = 'CognitoLocal';
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const MAX_TOKEN_LENGTH = 8_192;

/** Verifies Cognito access tokens of one client, and remembers those that it has verified until they expire. */
export class TokenVerifier {
  private readonly keys: KeyStore;
  private readonly trustsPublicKey: boolean;
  private readonly verified: Lru<string, Caller>;
  private readonly requiredScopes: readonly string[];
  private verifySync: ((token: string) => unknown) | undefined;

  constructor(private readonly options: TokenVerifierOptions) {
    const { issuer, logger, cooldownMs, retryMs } = options;
    const jwksUri = `${issuer}/.well-known/jwks.json`;
    this.requiredScopes = options.requiredScopes ?? [];
    this.trustsPublicKey = LOOPBACK.test(new URL(issuer).hostname);
    this.verified = new Lru(options.cacheSize ?? 10_000);
    this.keys = new KeyStore({
      jwksUri, logger, cooldownMs, retryMs,
      onChange: (set) => {
        const verifier = JwtVerifier.create({ issuer, jwksUri, audience: null });
        verifier.cacheJwks(set as Parameters<typeof verifier.cacheJwks>[0]);
        this.verifySync = (token) => verifier.verifySync(token);
        // A key may have been withdrawn.
        this.verified.clear();
      },
    });
  }

  start(): void {
    this.keys.start();
  }

  stop(): void {
    this.keys.stop();
  }

  /** What keeps every token from being verified, undefined when nothing does. */
  get problem(): string | undefined {
    return this.keys.loaded ? undefined : this.keys.lastProblem;
  }

  /**
   * Says whose token it is.
   *
   * @param client what the program that sent it calls itself
   * @throws InvalidTokenError when it is forged, expired, not an access token of our client, or of a session that is over
   * @throws KeysUnavailableError when the keys to verify it with cannot be had
   */
  async verify(token: string, client?: string): Promise<Caller> {
    const caller = await this.callerFor(token);
    this.options.sessions?.check(caller, client);
    return caller;
  }

  private async callerFor(token: string): Promise<Caller> {
    if (token.length > MAX_TOKEN_LENGTH) throw invalid('is too long');
    const key = hash('sha256', token, 'base64');
    const known = this.verified.get(key);
    if (known) {
      if (known.expiresAt > Date.now()) return known;
      this.verified.delete(key);
      throw expired();
    }
    const caller = await this.examine(token);
    this.verified.set(key, caller);
    return caller;
  }

  private async examine(token: string): Promise<Caller> {
    const { kid, alg } = headerOf(token);
    if (kid === undefined || alg !== 'RS256') throw invalid('is not signed with one of our keys');
    if (kid === PUBLIC_KEY_ID && !this.trustsPublicKey) throw invalid('is signed with a key that is public knowledge');
    if (!await this.keys.knows(kid) || !this.verifySync) throw invalid('is not signed with one of our keys');
    try {
      return this.callerOf(this.verifySync(token) as Record<string, unknown>);
    } catch (error) {
      if (error instanceof JwtExpiredError) throw expired();
      if (error instanceof InvalidTokenError) throw error;
      throw invalid('does not hold');
    }
  }

  /** Reads the claims of a token whose signature, issuer and time are right. */
  private callerOf(claims: Record<string, unknown>): Caller {
    if (claims.token_use !== 'access') throw invalid('is not an access token');
    const { clientId, federatedClientId } = this.options;
    if (typeof claims.client_id !== 'string' || ![clientId, federatedClientId].includes(claims.client_id)) throw invalid('belongs to another client');
    const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : [];
    if (!this.requiredScopes.every((scope) => scopes.includes(scope))) throw invalid('lacks a scope');
    if (typeof claims.exp !== 'number') throw invalid('never expires');
    if (typeof claims.sub !== 'string' || !isUuid(claims.sub)) throw invalid('names no account');
    const { 'cognito:groups': groups, 'origin_jti': origin = claims.jti, 'auth_time': signedInAt = claims.iat } = claims;
    return {
      accountId: claims.sub,
      groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string') : [],
      scopes,
      expiresAt: claims.exp * 1000,
      ...(typeof origin === 'string' ? { sessionId: sessionIdOf(claims.sub, origin) } : {}),
      ...(typeof signedInAt === 'number' ? { signedInAt } : {}),
    };
  }
}

function headerOf(token: string): { kid?: string; alg?: string } {
  try {
    return decomposeUnverifiedJwt(token).header;
  } catch {
    throw invalid('is not a token');
  }
}

function invalid(why: string): InvalidTokenError {
  return new InvalidTokenError('invalid_token', `The token ${why}.`);
}

function expired(): InvalidTokenError {
  return new InvalidTokenError('expired_token', 'The token has expired; sign in again.');
}
