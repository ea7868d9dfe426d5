import { CognitoIdentityProviderClient, GlobalSignOutCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { PostgresAccessStore } from '../adapters/access/store';
import { AuditTrail } from '../adapters/audit/audit-trail';
import { createLedgerPool } from '../adapters/postgres/pool';
import { Sessions } from '../adapters/sessions/sessions';
import { awsClientSettings, createLogger, loadConfig } from '../runtime';
import { AccessControl } from './access-control';
import { environmentSchema } from './config.generated';
import { UserService } from './user-service';

const config = loadConfig('user-service', environmentSchema);
const logger = createLogger({ service: 'user-service', environment: config.ENVIRONMENT, level: config.LOG_LEVEL });
const dynamodb = new DynamoDBClient(awsClientSettings(2_000));
const cognito = new CognitoIdentityProviderClient(awsClientSettings(2_000, 2));
const url = config.ACCESS_RULES_DATABASE_URL;
// A function answers one request at a time.
const pool = url === undefined ? undefined : createLedgerPool({ url, region: process.env.AWS_REGION ?? 'us-east-1', logger, statementTimeoutMs: 2_000, max: 1 });
const service = new UserService({
  sessions: new Sessions({
    client: dynamodb, table: config.SESSIONS_TABLE, lifetimeSeconds: config.SESSION_LIFETIME_SECONDS, perUser: config.SESSIONS_PER_USER,
  }),
  audit: new AuditTrail({ client: dynamodb, table: config.AUDIT_TABLE, writer: 'user-service', days: config.AUDIT_DAYS }),
  access: new AccessControl(config.ACCESS_CONTROL),
  rules: pool && new PostgresAccessStore(pool),
  // The user's own token is the permission: the function's role needs none.
  signOutEverywhere: async (accessToken) => { await cognito.send(new GlobalSignOutCommand({ AccessToken: accessToken })); },
  logger,
});

/** What API Gateway calls. */
export function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  return service.handle(event);
}
