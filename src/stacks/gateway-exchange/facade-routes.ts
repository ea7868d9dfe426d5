import { RestApiRoute, RestMethod } from '../../constructs/ingress/rest-api-route';

const { DELETE, GET, POST, PUT } = RestMethod;

/** Requests per second of all clients together on one route: no single one of these, which API Gateway lets anybody call, takes all there is. */
const ROUTE_RATE = 2_000;

/** What each path of Binance's API answers, below `/api/v3`. */
const OPERATIONS: Array<[string, RestMethod[]]> = [
  ...['ping', 'time', 'exchangeInfo', 'depth', 'trades', 'historicalTrades', 'aggTrades', 'klines', 'uiKlines', 'avgPrice']
    .map((name): [string, RestMethod[]] => [name, [GET]]),
  ...['24hr', 'price', 'bookTicker'].map((name): [string, RestMethod[]] => [`ticker/${name}`, [GET]]),
  ['order', [GET, POST, DELETE]],
  ['order/test', [POST]],
  ['order/cancelReplace', [POST]],
  ['order/oco', [POST]],
  ...['oco', 'oto', 'otoco'].map((name): [string, RestMethod[]] => [`orderList/${name}`, [POST]]),
  ['openOrders', [GET, DELETE]],
  ...['allOrders', 'myTrades', 'account', 'account/commission', 'rateLimit/order'].map((name): [string, RestMethod[]] => [name, [GET]]),
  ['userDataStream', [POST, PUT, DELETE]],
];

/**
 * Binance's Spot API. Its clients sign requests with the secret of an API key and know no token, so API Gateway asks for none: the API behind it
 * checks key, signature, time and address of each, and market data is for everybody.
 */
export const FACADE_ROUTES: RestApiRoute[] = OPERATIONS.flatMap(([name, methods]) => (
  methods.map((method) => ({ method, path: `/api/v3/${name}`, isPublic: true, rateLimit: ROUTE_RATE }))));

/** Header in which the distribution hands the query on as it was signed. */
export const RAW_QUERY_HEADER = 'X-Raw-Query';
