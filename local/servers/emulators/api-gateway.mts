import { randomUUID } from 'node:crypto';
import { channel } from 'node:diagnostics_channel';
import { Agent, createServer, type IncomingHttpHeaders, type IncomingMessage, request as outgoing, type ServerResponse } from 'node:http';
import { Ajv } from 'ajv';
import { JwtRsaVerifier } from 'aws-jwt-verify';
import type { RestGatewaySettings, RestRoute, RouteAuthorizer, RouteIntegration } from './api-gateway-messages';
import { invokeFunction } from './invoke.mts';
import { RouteTable } from './rest-route-table.mts';
import { TokenBucket } from './token-bucket.mts';
import './loopback.mts';

// One stage of a REST API. Argument: its settings as JSON. It listens at once and answers under `/` as well as under `/<stage>`.
const settings = JSON.parse(process.argv[2]) as RestGatewaySettings;
const BODY_LIMIT = 10 << 20;
const agent = new Agent({ keepAlive: true });
const ajv = new Ajv({ strict: false, validateFormats: false, logger: false });
// Told to a benchmark that listens, as the services tell theirs.
const timings = channel('cdk-trading-platform:stage');
const everything = new TokenBucket(settings.rateLimit, settings.burstLimit);
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'host', 'content-length']);

type Claims = Readonly<Record<string, unknown>>;
/** What a function answers. */
interface ProxyAnswer {
  readonly statusCode?: unknown;
  readonly headers?: Record<string, string>;
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}
interface Prepared extends RestRoute { readonly bucket?: TokenBucket; readonly fits?: (body: unknown) => unknown }
interface Call { readonly id: string; readonly request: IncomingMessage; readonly url: URL; readonly path: string; readonly body: Buffer }

const table = new RouteTable<Prepared>(settings.routes.map((route) => ({
  ...route,
  bucket: route.rateLimit === undefined ? undefined : new TokenBucket(route.rateLimit, route.burstLimit ?? route.rateLimit),
  fits: route.bodySchema && ajv.compile(withoutDialect(route.bodySchema)),
})));
const verifiers = new Map<string, { verify(token: string): Promise<Claims> }>();

/** Draft 4, which API Gateway speaks, differs in nothing that our schemas use. */
function withoutDialect(schema: object): object {
  const { $schema, ...rest } = schema as { $schema?: string };
  return rest;
}

function verifierOf(issuer: string): { verify(token: string): Promise<Claims> } {
  let verifier = verifiers.get(issuer);
  if (!verifier) verifiers.set(issuer, verifier = JwtRsaVerifier.create({ issuer, audience: null, jwksUri: `${issuer}/.well-known/jwks.json` }));
  return verifier;
}

/** An answer of the gateway itself, in the words of the API's template when it has one. */
function refuse(response: ServerResponse, status: number, type: string, message: string): void {
  const template = settings.responses[type] ?? '{"message":$context.error.messageString}';
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type });
  response.end(template.replaceAll('$context.error.messageString', JSON.stringify(message)).replaceAll('$context.error.message', message));
}

async function claimsOf(authorizer: RouteAuthorizer, header: string | undefined): Promise<Claims | undefined> {
  const token = header?.replace(/^Bearer /i, '');
  if (!token) return undefined;
  for (const issuer of authorizer.issuers) {
    try {
      const claims = await verifierOf(issuer).verify(token);
      if (authorizer.scopes.length === 0) return claims.token_use === 'id' ? claims : undefined;
      const has = String(claims.scope ?? '').split(' ');
      return claims.token_use === 'access' && authorizer.scopes.some((scope) => has.includes(scope)) ? claims : undefined;
    } catch { /* perhaps a token of the next pool */ }
  }
  return undefined;
}

/** The first parameter that a request lacks. */
function missing(route: RestRoute, url: URL, headers: IncomingHttpHeaders): string | undefined {
  return route.required.find((name) => {
    const [kind, ...rest] = name.split('.');
    const key = rest.join('.');
    if (kind === 'querystring') return (url.searchParams.get(key) ?? '') === '';
    return kind === 'header' && headers[key.toLowerCase()] === undefined;
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function bodyFault(route: Prepared, body: Buffer): string | undefined {
  if (!route.fits) return undefined;
  try {
    return route.fits(JSON.parse(body.toString('utf8')) as unknown) ? undefined : 'Invalid request body';
  } catch {
    return 'Invalid request body';
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://gateway');
  const path = url.pathname === `/${settings.stage}` ? '/' : url.pathname.replace(new RegExp(`^/${settings.stage}/`), '/');
  const id = randomUUID();
  response.setHeader('x-amzn-requestid', id);
  const match = table.find(request.method ?? 'GET', path);
  if (!match?.route) return refuse(response, 403, 'MISSING_AUTHENTICATION_TOKEN', 'Missing Authentication Token');
  const { route, parameters } = match;
  const began = performance.now();
  const claims = route.authorizer && await claimsOf(route.authorizer, request.headers.authorization);
  if (timings.hasSubscribers) timings.publish({ stage: 'authorizer', ms: performance.now() - began });
  if (route.authorizer && !claims) return refuse(response, 401, 'UNAUTHORIZED', 'Unauthorized');
  if (!everything.take() || route.bucket?.take() === false) return refuse(response, 429, 'THROTTLED', 'Too Many Requests');
  const lacks = missing(route, url, request.headers);
  if (lacks !== undefined) return refuse(response, 400, 'BAD_REQUEST_PARAMETERS', `Missing required request parameters: [${lacks.split('.').slice(1).join('.')}]`);
  const body = await bodyOf(request);
  if (!body) return refuse(response, 413, 'REQUEST_TOO_LARGE', 'Request Too Long');
  const fault = bodyFault(route, body);
  if (fault !== undefined) return refuse(response, 400, 'BAD_REQUEST_BODY', fault);
  const call: Call = { id, request, url, path, body };
  const { integration } = route;
  if (integration.kind === 'fixed') return void response.writeHead(integration.status, integration.headers).end();
  if (integration.kind === 'http') return forward(call, integration, parameters, response);
  return invoke(call, route, integration, parameters, claims, response);
}

function forward({ request, url, body }: Call, to: Extract<RouteIntegration, { kind: 'http' }>, parameters: Readonly<Record<string, string>>, response: ServerResponse): void {
  const path = to.path.replace(/\{([^}+]+)\+?\}/g, (_, name: string) => parameters[name] ?? '');
  const headers: Record<string, string | string[] | number | undefined> = { 'host': `127.0.0.1:${to.port}`, 'content-length': body.length };
  for (const name in request.headers) if (!HOP_BY_HOP.has(name)) headers[name] = request.headers[name];
  headers['x-forwarded-for'] = [request.headers['x-forwarded-for'], request.socket.remoteAddress].filter(Boolean).join(', ');
  const method = to.method === 'ANY' ? request.method : to.method;
  const call = outgoing({ host: '127.0.0.1', port: to.port, method, path: path + url.search, headers, agent, timeout: to.timeoutMs });
  let late = false;
  call.once('timeout', () => {
    late = true;
    call.destroy();
  });
  call.once('error', () => {
    if (response.headersSent) response.destroy();
    else if (late) refuse(response, 504, 'INTEGRATION_TIMEOUT', 'Endpoint request timed out');
    else refuse(response, 502, 'INTEGRATION_FAILURE', 'Internal server error');
  });
  call.once('response', (from) => {
    const passed: Record<string, string | string[] | undefined> = {};
    for (const name in from.headers) if (name === 'content-length' || !HOP_BY_HOP.has(name)) passed[name] = from.headers[name];
    response.writeHead(from.statusCode ?? 502, passed);
    from.pipe(response);
    from.once('error', () => response.destroy());
  });
  call.end(body);
}

async function invoke(
  { id, request, url, path, body }: Call, route: RestRoute, to: Extract<RouteIntegration, { kind: 'lambda' }>,
  parameters: Readonly<Record<string, string>>, claims: Claims | undefined, response: ServerResponse,
): Promise<void> {
  const names = [...new Set(url.searchParams.keys())];
  const inPath = Object.entries(parameters);
  const now = Date.now();
  const result = await invokeFunction(settings.controlUrl, to.functionName, {
    resource: route.path,
    path,
    httpMethod: request.method,
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value])),
    multiValueHeaders: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value : [value]])),
    queryStringParameters: names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name).at(-1)])),
    multiValueQueryStringParameters: names.length === 0 ? null : Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)])),
    pathParameters: inPath.length === 0 ? null : Object.fromEntries(inPath.map(([name, value]) => [name, decodeURIComponent(value)])),
    stageVariables: null,
    requestContext: {
      apiId: settings.apiId, stage: settings.stage, requestId: id, resourcePath: route.path, path: `/${settings.stage}${path}`, httpMethod: request.method,
      requestTimeEpoch: now, protocol: 'HTTP/1.1',
      identity: { sourceIp: request.socket.remoteAddress ?? '127.0.0.1', userAgent: request.headers['user-agent'] ?? null },
      authorizer: claims && { claims: Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)])) },
    },
    body: body.length === 0 ? null : body.toString('utf8'),
    isBase64Encoded: false,
  }, to.timeoutMs);
  const given = result as ProxyAnswer | null | undefined;
  if (!given || typeof given !== 'object' || !Number.isInteger(Number(given.statusCode))) {
    return refuse(response, 502, 'INTEGRATION_FAILURE', 'Internal server error');
  }
  response.writeHead(Number(given.statusCode), { 'content-type': 'application/json', ...lowerCase(given.headers), ...lowerCase(given.multiValueHeaders) });
  response.end(given.isBase64Encoded === true ? Buffer.from(given.body ?? '', 'base64') : given.body ?? '');
}

function lowerCase<T>(headers: Record<string, T> | undefined): Record<string, T> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
  answer(request, response).catch(() => refuse(response, 500, 'API_CONFIGURATION_ERROR', 'Internal server error'));
});
server.listen(settings.port, '127.0.0.1', () => process.send?.({ listening: true }));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
