import type { Redis } from 'ioredis';
import { FederatedSignIn } from './federated-sign-in';
import { oauthClient } from './oauth-client';
import { ConfigurationError, type Logger } from '../../../runtime';
import type { SecretBox } from '../secret-box';
import type { TokenVerifier } from '../token-verifier';

/** What the environment says of sign-in pages. */
export interface SignInPages {
  readonly USER_POOL_ISSUER: string;
  readonly FEDERATED_CLIENT_ID?: string;
  readonly SIGN_IN_PAGES?: string;
  readonly SIGN_IN_RETURN_URL?: string;
  readonly SIGN_IN_PROVIDERS?: readonly string[];
}

/** Accounts of the pool itself, as its pages name them. */
const OWN_ACCOUNTS = 'COGNITO';

/**
 * Sign-in with accounts from elsewhere, where the environment names its pages.
 *
 * @throws ConfigurationError when it names them, and not what belongs to them
 */
export function openFederatedSignIn(config: SignInPages, { box, verifier, cache, logger }: {
  readonly box: SecretBox | undefined; readonly verifier: TokenVerifier; readonly cache: Redis; readonly logger: Logger;
}): FederatedSignIn | undefined {
  const { SIGN_IN_PAGES: pages, SIGN_IN_RETURN_URL: redirectUrl, FEDERATED_CLIENT_ID: clientId, SIGN_IN_PROVIDERS: providers = [] } = config;
  if (pages === undefined) return undefined;
  if (redirectUrl === undefined || clientId === undefined || box === undefined) {
    throw new ConfigurationError('reference-api cannot start: SIGN_IN_PAGES needs SIGN_IN_RETURN_URL, FEDERATED_CLIENT_ID and API_KEYS_SECRET beside it');
  }
  return new FederatedSignIn({
    client: oauthClient({ issuer: config.USER_POOL_ISSUER, pages: pages.replace(/\/$/, ''), clientId, redirectUrl, logger }),
    providers: providers.length > 0 ? providers : [OWN_ACCOUNTS],
    box, verifier, logger,
    once: async (name, seconds) => await cache.set(`signin:${name}`, '1', 'EX', seconds, 'NX') === 'OK',
  });
}
