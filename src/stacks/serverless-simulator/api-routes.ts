import { Duration } from 'aws-cdk-lib';
import { JsonSchema, JsonSchemaType } from 'aws-cdk-lib/aws-apigateway';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { SimulatorStage } from './simulator-stage';
import { RestApiRoute, RestMethod } from '../../constructs/ingress/rest-api-route';
import type { FunctionRoute } from '../../constructs/ingress/serverless-rest-api';

/** A group of endpoints, as the services know it. */
export type Group = 'trades' | 'portfolio' | 'backtest';

/** A route of the simulator and the group that answers it. */
interface GroupRoute extends RestApiRoute {
  readonly group: Group;
  readonly cacheTtl?: Duration;
  readonly cacheQuery?: string[];
}

/** With a scope API Gateway takes access tokens only; this one is in every token that a password was given for. */
const SCOPES = ['aws.cognito.signin.user.admin'];
/** Signing in is what gets tried with lists of passwords. */
const SIGN_INS_PER_SECOND = 20;
/** What everybody may see is a second old at most. */
const PUBLIC_TTL = Duration.seconds(1);

const text = (maxLength: number): JsonSchema => ({ type: JsonSchemaType.STRING, minLength: 1, maxLength });
const body = (required: string[], properties: { [name: string]: JsonSchema }): JsonSchema => (
  { type: JsonSchemaType.OBJECT, required, properties, additionalProperties: false });

const TRADE = body(['symbol', 'action', 'quantity'], {
  symbol: text(16), action: { type: JsonSchemaType.STRING, enum: ['BUY', 'SELL'] }, quantity: text(40), clientTradeId: text(64),
});
const SESSION = body(['username', 'password'], { username: text(128), password: text(256) });
const BACKTEST: JsonSchema = { type: JsonSchemaType.OBJECT, required: ['from', 'to', 'strategy'] };

const ROUTES: GroupRoute[] = [
  { group: 'trades', method: RestMethod.POST, path: '/v1/trades', scopes: SCOPES, bodySchema: TRADE },
  { group: 'trades', method: RestMethod.GET, path: '/v1/trades', scopes: SCOPES },
  { group: 'trades', method: RestMethod.GET, path: '/v1/symbols/{symbol}/trades', scopes: SCOPES, cacheTtl: PUBLIC_TTL, cacheQuery: ['limit'] },
  { group: 'trades', method: RestMethod.GET, path: '/v1/symbols/{symbol}/prices', scopes: SCOPES, cacheTtl: PUBLIC_TTL, cacheQuery: ['limit'] },
  { group: 'portfolio', method: RestMethod.POST, path: '/v1/sessions', isPublic: true, rateLimit: SIGN_INS_PER_SECOND, bodySchema: SESSION },
  { group: 'portfolio', method: RestMethod.GET, path: '/v1/portfolio', scopes: SCOPES },
  { group: 'portfolio', method: RestMethod.GET, path: '/v1/instruments', isPublic: true },
  { group: 'backtest', method: RestMethod.POST, path: '/v1/backtests', scopes: SCOPES, bodySchema: BACKTEST },
  { group: 'backtest', method: RestMethod.GET, path: '/v1/backtests', scopes: SCOPES },
  { group: 'backtest', method: RestMethod.GET, path: '/v1/backtests/{id}', scopes: SCOPES },
  { group: 'backtest', method: RestMethod.DELETE, path: '/v1/backtests/{id}', scopes: SCOPES },
];

/** Groups that a stage has. */
export function groupsOf(stage: SimulatorStage): Group[] {
  return stage.includes(SimulatorStage.EXPAND) ? ['trades', 'portfolio', 'backtest'] : ['trades', 'portfolio'];
}

/** Routes with the functions that answer them; what is the same for everybody is cached from SCALE on. */
export function functionRoutes(stage: SimulatorStage, handlerOf: (group: Group) => lambda.IFunction): FunctionRoute[] {
  return routesOf(stage).map(({ group, cacheTtl, cacheQuery, ...route }) => ({
    ...route,
    handler: handlerOf(group),
    ...(stage.includes(SimulatorStage.SCALE) ? { cacheTtl, cacheQuery } : {}),
  }));
}

/** Routes for a load balancer that answers all of them. */
export function backendRoutes(stage: SimulatorStage): RestApiRoute[] {
  return routesOf(stage).map(({ group: _group, cacheTtl: _ttl, cacheQuery: _query, ...route }) => route);
}

function routesOf(stage: SimulatorStage): GroupRoute[] {
  const groups = groupsOf(stage);
  return ROUTES.filter(({ group }) => groups.includes(group));
}
