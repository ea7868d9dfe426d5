import { randomBytes } from 'node:crypto';
import { ExpectedResult, type IApiCall, type IntegTest } from '@aws-cdk/integ-tests-alpha';
import type { TradingUserPool } from '../../src';

/** Somebody who is made for a test and goes with it. */
export interface TestPerson {
  /** Makes the user; `next` comes behind the last of its calls. */
  readonly made: IApiCall;
  /** The user's `sub`: the account id. Known when `signedIn` is. */
  readonly accountId: string;
  readonly authorization: string;
  /** Signs the user in; comes behind `made`. */
  readonly signedIn: IApiCall;
}

/** A user of the pool with a password of its own, signed in through the public door. */
export function person(integ: IntegTest, url: string, identity: TradingUserPool, username: string, operator = false): TestPerson {
  const UserPoolId = identity.userPool.userPoolId;
  // Of every kind that a policy may ask for. It lives as long as the stack of the assertions, in an account that is for tests.
  const Password = `Aa1-${randomBytes(12).toString('hex')}`;
  const call = (api: string, parameters: object, outputs?: string[]) => integ.assertions.awsApiCall('@aws-sdk/client-cognito-identity-provider', api, parameters, outputs);
  const made = call('AdminCreateUser', {
    UserPoolId, Username: username, MessageAction: 'SUPPRESS',
    UserAttributes: [{ Name: 'email', Value: `${username}@example.com` }, { Name: 'email_verified', Value: 'true' }],
  }, ['User.Enabled']);
  const sub = call('ListUsers', { UserPoolId, Filter: `username = "${username}"`, AttributesToGet: ['sub'] }, ['Users.0.Attributes.0.Value']);
  let last = made.next(call('AdminSetUserPassword', { UserPoolId, Username: username, Password, Permanent: true })).next(sub);
  if (operator) last = last.next(call('AdminAddUserToGroup', { UserPoolId, Username: username, GroupName: identity.operatorsGroup }));
  const signIn = integ.assertions.httpApiCall(`${url}/v1/sessions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password: Password }),
  });
  last.next(signIn);
  return { made, signedIn: signIn, accountId: sub.getAttString('Users.0.Attributes.0.Value'), authorization: `Bearer ${signIn.getAttString('body.accessToken')}` };
}

/** Calls of the public API as somebody. */
export function as(integ: IntegTest, url: string, { authorization }: TestPerson) {
  const headers = { authorization, 'content-type': 'application/json' };
  return {
    get: (path: string): IApiCall => integ.assertions.httpApiCall(`${url}${path}`, { method: 'GET', headers }),
    post: (path: string, body: object, status: number): IApiCall => {
      const call = integ.assertions.httpApiCall(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      call.expect(ExpectedResult.objectLike({ status }));
      return call;
    },
  };
}
