import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { FACADE_ROUTES } from './facade-routes';
import { RestApiRoute, RestMethod } from '../../constructs/ingress/rest-api-route';

/** What every access token has whose user signed in at the pool. With it on a route, API Gateway takes access tokens and no others. */
const USER_SCOPES = ['aws.cognito.signin.user.admin'];

const { DELETE, GET, PATCH, POST, PUT } = RestMethod;
const text = { type: apigateway.JsonSchemaType.STRING };
const decimal = { type: apigateway.JsonSchemaType.STRING, pattern: '^(0|[1-9][0-9]*)(\\.[0-9]+)?$', maxLength: 40 };

/** What an order must be to leave API Gateway at all; the API checks the rest, against the instrument. */
const ORDER: apigateway.JsonSchema = {
  schema: apigateway.JsonSchemaVersion.DRAFT4,
  title: 'Order',
  type: apigateway.JsonSchemaType.OBJECT,
  required: ['symbol', 'side', 'type'],
  properties: {
    symbol: { ...text, pattern: '^[A-Z0-9]{2,16}$' },
    side: { ...text, enum: ['buy', 'sell'] },
    type: text,
    price: decimal,
    quantity: decimal,
  },
};

const route = (method: RestMethod, path: string, more: Partial<RestApiRoute> = {}): RestApiRoute => ({ method, path, scopes: USER_SCOPES, ...more });
const open = (method: RestMethod, path: string, more: Partial<RestApiRoute> = {}): RestApiRoute => ({ method, path, isPublic: true, ...more });

/** Everything that the reference API answers over HTTP. Everything else never gets past API Gateway. */
export const ROUTES: RestApiRoute[] = [
  route(POST, '/v1/orders', { bodySchema: ORDER }),
  route(GET, '/v1/orders'),
  route(DELETE, '/v1/orders'),
  route(POST, '/v1/orders/batch'),
  route(GET, '/v1/orders/{id}'),
  route(PATCH, '/v1/orders/{id}'),
  route(DELETE, '/v1/orders/{id}'),
  ...[GET, PATCH, DELETE].map((method) => route(method, '/v1/orders/by-client-id/{clientOrderId}')),
  route(POST, '/v1/order-lists'),
  route(POST, '/v1/transfers'),
  route(GET, '/v1/transfers/{id}'),
  ...[GET, POST].map((method) => route(method, '/v1/api-keys')),
  route(DELETE, '/v1/api-keys/{id}'),
  ...['/v1/portfolio', '/v1/portfolio/equity', '/v1/fills', '/v1/positions', '/v1/tickers'].map((path) => route(GET, path)),
  ...['book', 'trades', 'tickers', 'candles'].map((what) => route(GET, `/v1/${what}/{symbol}`)),
  ...['deposits', 'trading-states', 'accounts', 'mark-prices', 'upgrades'].map((name) => route(POST, `/v1/admin/${name}`)),
  route(DELETE, '/v1/admin/orders'),
  ...[GET, POST].map((method) => route(method, '/v1/trade-journal/notes')),
  ...[GET, PATCH, DELETE].map((method) => route(method, '/v1/trade-journal/notes/{id}')),
  ...['/v1/access', '/v1/admin/access'].map((path) => route(GET, path)),
  ...[GET, PUT, DELETE].map((method) => route(method, '/v1/admin/access/{kind}/{subject}')),
  open(GET, '/v1/instruments'),
  open(GET, '/v1/status'),
  open(GET, '/v1/time'),
  open(GET, '/v1/openapi.json'),
  open(GET, '/health'),
  // Each of them is a call to Cognito, which takes 120 a second of an account.
  open(POST, '/v1/sessions', { rateLimit: 100 }),
  open(POST, '/v1/sessions/refresh', { rateLimit: 100 }),
  open(GET, '/v1/sign-in/options'),
  route(GET, '/v1/sessions'),
  route(DELETE, '/v1/sessions'),
  route(DELETE, '/v1/sessions/{id}'),
  ...FACADE_ROUTES,
];
