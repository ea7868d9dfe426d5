import { CognitoIdentityProviderClient, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider';
import { decomposeUnverifiedJwt } from 'aws-jwt-verify/jwt';
import { z } from 'zod';
import { awsClientSettings, type Logger } from '../../runtime';
import { ApiError, unauthorized, unavailable } from '../http/errors';

/** Body of `POST /v1/sessions`. */
export const credentialsSchema = z.strictObject({
  username: z.string().min(1).max(128),
  password: z.string().min(1).max(256),
  /** Whether the browser shall stay signed in: the refresh token goes into a cookie that no script can read. */
  remember: z.boolean().optional(),
}).meta({ examples: [{ username: 'alice', password: 'a long password' }] });
export type Credentials = Omit<z.output<typeof credentialsSchema>, 'remember'>;

/** An access token and the seconds for which it is good. */
export interface Session {
  readonly accessToken: string;
  readonly expiresIn: number;
  /** What another access token is had for; absent where the one before stays. */
  readonly refreshToken?: string;
}

export type SignIn = (credentials: Credentials) => Promise<Session>;

/** All of these read the same from outside, so that nobody learns which names exist. */
const REFUSALS = new Set([
  'NotAuthorizedException', 'UserNotFoundException', 'InvalidPasswordException', 'UserNotConfirmedException', 'InvalidParameterException',
]);

/** Signs users in at the user pool with name and password. */
export function cognitoSignIn(clientId: string, logger: Logger): SignIn & { close(): void } {
  const client = new CognitoIdentityProviderClient(awsClientSettings(5_000, 2));
  const signIn = async ({ username, password }: Credentials): Promise<Session> => {
    const answer = await client.send(new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH', ClientId: clientId, AuthParameters: { USERNAME: username, PASSWORD: password },
    })).catch((error: unknown) => {
      throw signInError(error, logger);
    });
    const { AccessToken, RefreshToken } = answer.AuthenticationResult ?? {};
    if (!AccessToken) {
      throw new ApiError(403, 'challenge_required', `The user pool asks for more than a password: ${answer.ChallengeName ?? 'an unknown challenge'}.`);
    }
    return { accessToken: AccessToken, expiresIn: secondsLeft(AccessToken), refreshToken: RefreshToken };
  };
  return Object.assign(signIn, { close: () => client.destroy() });
}

/** What the token itself says: the answer's own figure is optional, and everyone who verifies the token goes by this one. */
export function secondsLeft(accessToken: string): number {
  const { exp } = decomposeUnverifiedJwt(accessToken).payload;
  return exp === undefined ? 0 : Math.max(0, Math.floor(exp - Date.now() / 1_000));
}

/** What a failure of the user pool means to the client. */
export function signInError(error: unknown, logger: Logger): ApiError {
  const name = error instanceof Error ? error.name : '';
  if (REFUSALS.has(name)) return unauthorized('invalid_credentials', 'User name or password is wrong.');
  if (name === 'PasswordResetRequiredException') return new ApiError(403, 'password_reset_required', 'The password must be reset first.');
  if (name === 'TooManyRequestsException' || name === 'LimitExceededException') {
    return new ApiError(429, 'too_many_requests', 'Too many attempts; wait a little.', {}, { 'retry-after': '5' });
  }
  logger.error({ err: error }, 'the user pool did not sign a user in');
  return unavailable('sign_in_unavailable', 'The user pool cannot be reached at the moment.');
}
