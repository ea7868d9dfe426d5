import { CognitoIdentityProviderClient, GetTokensFromRefreshTokenCommand, GlobalSignOutCommand, RevokeTokenCommand } from '@aws-sdk/client-cognito-identity-provider';
import { secondsLeft, type Session, signInError } from './sign-in';
import { awsClientSettings, type Logger } from '../../runtime';
import { ApiError } from '../http/errors';

/** What refresh tokens of one client are good for. */
export interface RefreshTokens {
  /** A new access token, and another refresh token where the pool rotates them. @throws ApiError 401 `refresh_refused`, 429, 503 */
  refresh(refreshToken: string): Promise<Session>;
  /** Makes a refresh token worthless, with the access tokens that came of it as far as the pool is asked. @throws whatever went wrong */
  revoke(refreshToken: string): Promise<void>;
}

/** Refresh tokens of the user pool's own client, and the end of all of a user's. */
export interface UserPoolTokens extends RefreshTokens {
  /** Makes all refresh tokens of the user worthless whose access token it is. @throws whatever went wrong */
  signOutEverywhere(accessToken: string): Promise<void>;
  close(): void;
}

/** The pool says no: the token was revoked, has expired, or was none of this client. */
export function refreshRefused(): ApiError {
  return new ApiError(401, 'refresh_refused', 'You are signed out; sign in again.');
}

const REFUSALS = new Set(['NotAuthorizedException', 'RefreshTokenReuseException', 'UserNotFoundException', 'InvalidParameterException', 'UnsupportedTokenTypeException']);

/** Tokens of a client without a secret; the tokens themselves are the permission, the service needs none. */
export function cognitoTokens(clientId: string, logger: Logger): UserPoolTokens {
  const client = new CognitoIdentityProviderClient(awsClientSettings(5_000, 2));
  return {
    refresh: async (refreshToken) => {
      const command = new GetTokensFromRefreshTokenCommand({ ClientId: clientId, RefreshToken: refreshToken });
      const { AuthenticationResult: tokens } = await client.send(command)
        .catch((error: unknown) => {
          throw REFUSALS.has(error instanceof Error ? error.name : '') ? refreshRefused() : signInError(error, logger);
        });
      if (!tokens?.AccessToken) throw refreshRefused();
      return { accessToken: tokens.AccessToken, expiresIn: secondsLeft(tokens.AccessToken), refreshToken: tokens.RefreshToken };
    },
    revoke: async (refreshToken) => { await client.send(new RevokeTokenCommand({ ClientId: clientId, Token: refreshToken })); },
    signOutEverywhere: async (accessToken) => { await client.send(new GlobalSignOutCommand({ AccessToken: accessToken })); },
    close: () => client.destroy(),
  };
}
