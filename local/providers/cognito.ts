import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import {
  CognitoIdentityProviderClient, CreateGroupCommand, CreateUserPoolClientCommand, CreateUserPoolCommand, type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput, ListGroupsCommand, ListUserPoolClientsCommand, ListUserPoolsCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import { physicalName } from '../runtime/names';
import { LOCAL_CREDENTIALS, once, superviseStore } from '../runtime/stores';
import { startCognito } from '../servers/cognito';
import { type EmulatorServer, LOCAL_ACCOUNT } from '../servers/emulator';

const server = once<EmulatorServer>(async (context) => {
  const running = await startCognito({ dataDir: context.data.store('cognito'), port: await context.ports.portFor('cognito'), tls: context.tls });
  superviseStore(context, 'Cognito', running);
  return running;
});

/** A client of the platform's user directory; the caller destroys it. */
export async function cognitoClient(context: Context): Promise<CognitoIdentityProviderClient> {
  const { url: endpoint } = await server(context);
  const httpsAgent = new Agent({ ca: readFileSync(context.tls.caFile), keepAlive: true });
  const requestHandler = new NodeHttpHandler({ httpsAgent });
  return new CognitoIdentityProviderClient({ region: context.region, endpoint, credentials: LOCAL_CREDENTIALS, requestHandler });
}

/** Cognito user pools on cognito-local. Names are those of the resources, so that pools and clients keep their ids between runs. */
export const cognito: Provider = {
  service: 'Cognito',
  types: ['AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient', 'AWS::Cognito::UserPoolGroup'],
  prepare: async (context) => ({ AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: (await server(context)).url }),
  up: async (resource, context) => {
    const client = await cognitoClient(context);
    try {
      if (resource.type.endsWith('UserPool')) return await pool(resource, context, client);
      return await (resource.type.endsWith('Client') ? appClient : group)(resource, context, client);
    } finally {
      client.destroy();
    }
  },
};

async function pool(resource: Resource, context: Context, client: CognitoIdentityProviderClient): Promise<Provided> {
  const name = physicalName(resource, undefined, { max: 128 });
  const known = await client.send(new ListUserPoolsCommand({ MaxResults: 60 }));
  let id = known.UserPools?.find((one) => one.Name === name)?.Id;
  if (id === undefined) {
    const created = await client.send(new CreateUserPoolCommand({
      PoolName: name,
      Policies: await context.property(resource, 'Policies') as CreateUserPoolCommandInput['Policies'],
      UsernameAttributes: await context.property(resource, 'UsernameAttributes') as CreateUserPoolCommandInput['UsernameAttributes'],
      AliasAttributes: await context.property(resource, 'AliasAttributes') as CreateUserPoolCommandInput['AliasAttributes'],
      AdminCreateUserConfig: await context.property(resource, 'AdminCreateUserConfig') as CreateUserPoolCommandInput['AdminCreateUserConfig'],
      MfaConfiguration: 'OFF', // asked for after a sign-in only by who has set it up; the emulator knows no optional factor
    }));
    id = String(created.UserPool?.Id);
  }
  const { port, url } = await server(context);
  return {
    ref: id,
    attributes: {
      UserPoolId: id,
      Arn: `arn:aws:cognito-idp:${context.region}:${LOCAL_ACCOUNT}:userpool/${id}`,
      ProviderName: `localhost:${port}/${id}`,
      ProviderURL: `${url}/${id}`,
    },
    note: `${url}/${id}`,
  };
}

async function appClient(resource: Resource, context: Context, client: CognitoIdentityProviderClient): Promise<Provided> {
  const UserPoolId = String(await context.property(resource, 'UserPoolId'));
  const name = physicalName(resource, undefined, { max: 128 });
  const known = await client.send(new ListUserPoolClientsCommand({ UserPoolId, MaxResults: 60 }));
  let id = known.UserPoolClients?.find((one) => one.ClientName === name)?.ClientId;
  if (id === undefined) {
    const validity = async (token: string): Promise<number | undefined> => {
      const value = await context.property(resource, `${token}TokenValidity`);
      return value === undefined ? undefined : Number(value);
    };
    const created = await client.send(new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: name,
      GenerateSecret: (await context.property(resource, 'GenerateSecret')) === true,
      ExplicitAuthFlows: await context.property(resource, 'ExplicitAuthFlows') as CreateUserPoolClientCommandInput['ExplicitAuthFlows'],
      AccessTokenValidity: await validity('Access'),
      IdTokenValidity: await validity('Id'),
      RefreshTokenValidity: await validity('Refresh'),
      TokenValidityUnits: await context.property(resource, 'TokenValidityUnits') as CreateUserPoolClientCommandInput['TokenValidityUnits'],
    }));
    id = String(created.UserPoolClient?.ClientId);
  }
  return { ref: id, attributes: { ClientId: id, Name: name } };
}

async function group(resource: Resource, context: Context, client: CognitoIdentityProviderClient): Promise<Provided> {
  const UserPoolId = String(await context.property(resource, 'UserPoolId'));
  const GroupName = physicalName(resource, await context.property(resource, 'GroupName'), { max: 128 });
  const known = await client.send(new ListGroupsCommand({ UserPoolId }));
  if (!known.Groups?.some((one) => one.GroupName === GroupName)) await client.send(new CreateGroupCommand({ UserPoolId, GroupName }));
  return { ref: GroupName, attributes: {} };
}
