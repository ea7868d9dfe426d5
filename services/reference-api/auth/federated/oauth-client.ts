import { createHash, timingSafeEqual } from 'node:crypto';
// Certified and without dependencies: what an answer must satisfy is checked there, not here.
import * as oauth from 'oauth4webapi';
import { type CodeClient, SignInFailedError } from './federated-sign-in';
import type { Logger } from '../../../runtime';
import { unavailable } from '../../http/errors';
import { refreshRefused } from '../refresh-tokens';
import { secondsLeft } from '../sign-in';

export interface OauthClientOptions {
  /** Issuer that the tokens name; its keys are below it. */
  readonly issuer: string;
  /** Address of the sign-in pages, without a slash at the end. */
  readonly pages: string;
  readonly clientId: string;
  /** Our own address that the pages send browsers back to. */
  readonly redirectUrl: string;
  readonly logger: Logger;
  /** Milliseconds that the pages have for an answer. */
  readonly timeoutMs?: number;
}

/** The last one lets the pool's own calls be made with the token, signing out everywhere among them; it is asked for of every token here. */
const SCOPES = 'openid email profile aws.cognito.signin.user.admin';
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * The sign-in pages of a Cognito pool, for a client without a secret. Their addresses are known, not discovered: nothing that is read over the
 * network decides where a code is sent.
 */
export function oauthClient({ issuer, pages, clientId, redirectUrl, logger, timeoutMs = 5_000 }: OauthClientOptions): CodeClient {
  const server: oauth.AuthorizationServer = {
    issuer,
    authorization_endpoint: `${pages}/oauth2/authorize`,
    token_endpoint: `${pages}/oauth2/token`,
    revocation_endpoint: `${pages}/oauth2/revoke`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
  };
  const client: oauth.Client = { client_id: clientId, id_token_signed_response_alg: 'RS256' };
  const none = oauth.None();
  const options = () => ({
    signal: AbortSignal.timeout(timeoutMs),
    [oauth.allowInsecureRequests]: LOOPBACK.test(new URL(pages).hostname),
  });

  return {
    authorizationUrl: async ({ state, nonce, verifier }, provider) => {
      const url = new URL(server.authorization_endpoint!);
      url.search = String(new URLSearchParams({
        response_type: 'code', client_id: clientId, redirect_uri: redirectUrl, scope: SCOPES, state, nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', identity_provider: provider,
      }));
      return url.href;
    },
    exchange: async (answer, { state, nonce, verifier }) => {
      try {
        const parameters = oauth.validateAuthResponse(server, client, answer, state);
        const response = await oauth.authorizationCodeGrantRequest(server, client, none, parameters, redirectUrl, verifier, options());
        const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true });
        await oauth.validateApplicationLevelSignature(server, response, options());
        const claims = oauth.getValidatedIdTokenClaims(tokens)!;
        checkHash(claims.at_hash, tokens.access_token);
        if (tokens.refresh_token === undefined) throw new SignInFailedError('failed', 'the answer has no refresh token');
        return { accessToken: tokens.access_token, refreshToken: tokens.refresh_token, subject: claims.sub };
      } catch (error) {
        throw failureOf(error);
      }
    },
    refresh: async (refreshToken) => {
      try {
        const response = await oauth.refreshTokenGrantRequest(server, client, none, refreshToken, options());
        const tokens = await oauth.processRefreshTokenResponse(server, client, response);
        return { accessToken: tokens.access_token, expiresIn: secondsLeft(tokens.access_token), refreshToken: tokens.refresh_token };
      } catch (error) {
        const { failure, reason } = failureOf(error);
        if (failure !== 'unavailable') throw refreshRefused();
        logger.warn({ reason }, 'the sign-in pages gave no new token');
        throw unavailable('sign_in_unavailable', 'The sign-in pages cannot be reached at the moment.');
      }
    },
    revoke: async (refreshToken) => {
      await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, none, refreshToken, options()));
    },
  };
}

/** Says that the access token came together with this id token; a pool may leave it out. */
function checkHash(atHash: unknown, accessToken: string): void {
  if (atHash === undefined) return;
  const expected = createHash('sha256').update(accessToken).digest().subarray(0, 16);
  const given = Buffer.from(typeof atHash === 'string' ? atHash : '', 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new SignInFailedError('failed', 'the access token is not the one of the id token');
}

/** What went wrong, without a word of what came from outside. */
function failureOf(error: unknown): SignInFailedError {
  if (error instanceof SignInFailedError) return error;
  if (error instanceof oauth.AuthorizationResponseError) {
    const denied = error.error === 'access_denied';
    return new SignInFailedError(denied ? 'denied' : error.error === 'temporarily_unavailable' ? 'unavailable' : 'failed', 'the pages refused');
  }
  if (error instanceof oauth.ResponseBodyError) {
    return new SignInFailedError(error.status >= 500 || error.status === 429 ? 'unavailable' : 'failed', `the token endpoint answered ${error.status}`);
  }
  if (error instanceof oauth.OperationProcessingError && !(error.cause instanceof DOMException)) {
    const status = error.cause instanceof Response ? error.cause.status : undefined;
    return new SignInFailedError(status !== undefined && status >= 500 ? 'unavailable' : 'failed', `an answer does not hold: ${error.code ?? error.message}`);
  }
  // Timeouts, also those in the middle of an answer, and connections that fail.
  return new SignInFailedError('unavailable', error instanceof Error ? error.name : 'unknown');
}
