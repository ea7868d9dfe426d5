import { CognitoIdentityProviderClient, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { z } from 'zod';
import { awsClientSettings, type Logger } from '../../runtime';
import { ApiError, unavailable } from '../http/api-error';

export const credentials = z.strictObject({ username: z.string().min(1).max(128), password: z.string().min(1).max(256) });

/** An access token and the seconds for which it is good. */
export interface Session {
  readonly accessToken: string;
  readonly expiresIn: number;
}

export type SignIn = (given: z.output<typeof credentials>) => Promise<Session>;

/** All of these read the same from outside, so that nobody learns which names exist. */
const REFUSALS = ['NotAuthorizedException', 'UserNotFoundException', 'InvalidPasswordException', 'UserNotConfirmedException', 'InvalidParameterException'];

/** Signs people in at the user pool with name and password. */
export function cognitoSignIn(clientId: string, logger: Logger): SignIn {
  const client = new CognitoIdentityProviderClient(awsClientSettings(5_000, 2));
  return async ({ username, password }) => {
    const command = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: clientId, AuthParameters: { USERNAME: username, PASSWORD: password } });
    const { AuthenticationResult, ChallengeName } = await client.send(command).catch((error: unknown) => {
      throw signInError(error, logger);
    });
    if (!AuthenticationResult?.AccessToken) {
      throw new ApiError(403, 'challenge_required', `The user pool asks for more than a password: ${ChallengeName ?? 'an unknown challenge'}.`);
    }
    return { accessToken: AuthenticationResult.AccessToken, expiresIn: AuthenticationResult.ExpiresIn ?? 0 };
  };
}

function signInError(error: unknown, logger: Logger): ApiError {
  const name = error instanceof Error ? error.name : '';
  if (REFUSALS.includes(name)) return new ApiError(401, 'invalid_credentials', 'User name or password is wrong.');
  if (name === 'PasswordResetRequiredException') return new ApiError(403, 'password_reset_required', 'The password must be reset first.');
  if (name === 'TooManyRequestsException') return new ApiError(429, 'too_many_requests', 'Too many attempts; wait a little.');
  logger.error({ err: error }, 'the user pool did not sign somebody in');
  return unavailable('sign_in_unavailable', 'The user pool cannot be reached at the moment.');
}
