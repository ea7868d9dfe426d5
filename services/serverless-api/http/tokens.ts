import { JwtVerifier } from 'aws-jwt-verify';

/** Tells whose access token it is. */
export type VerifyToken = (token: string) => Promise<string>;

/**
 * Verifies access tokens of a user pool: signature, issuer, age, client and use.
 *
 * @returns a function that resolves to the token's `sub` and rejects when the token is not good
 */
export function tokenVerifier(issuer: string, clientId: string): VerifyToken {
  const verifier = JwtVerifier.create({ issuer, audience: null });
  return async (token) => {
    const payload = await verifier.verify(token);
    if (payload.token_use !== 'access') throw new Error('the token is not an access token');
    if (payload.client_id !== clientId) throw new Error('the token was issued to another client');
    if (typeof payload.sub !== 'string' || payload.sub === '') throw new Error('the token names nobody');
    return payload.sub;
  };
}
