import { KeysUnavailableError } from './key-store';
import { type Caller, InvalidTokenError, type TokenVerifier } from './token-verifier';
import { type ApiError, unauthorized, unavailable } from '../http/errors';

const BEARER = /^Bearer +([^\s]+)$/i;

/**
 * Says who sent a request, from its `Authorization` header.
 *
 * @param client what the program that sent it calls itself
 * @throws ApiError 401, or 503 while tokens cannot be verified
 */
export async function authenticate(verifier: TokenVerifier, header: string | undefined, client?: string): Promise<Caller> {
  if (!header) throw unauthorized('missing_token', 'Send the header Authorization: Bearer <access token>.');
  const token = BEARER.exec(header)?.[1];
  if (!token) throw unauthorized('invalid_token', 'The Authorization header is not of the form: Bearer <access token>.');
  try {
    return await verifier.verify(token, client);
  } catch (error) {
    throw tokenError(error);
  }
}

/** What a failed verification means to the client. */
export function tokenError(error: unknown): ApiError | unknown {
  if (error instanceof InvalidTokenError) return unauthorized(error.code, error.message);
  if (error instanceof KeysUnavailableError) return unavailable('keys_unavailable', 'Tokens cannot be verified at the moment.');
  return error;
}
