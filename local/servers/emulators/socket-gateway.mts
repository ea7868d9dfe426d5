import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SocketGatewaySettings } from './api-gateway-messages';
import { invokeFunction } from './invoke.mts';
import './loopback.mts';

// One stage of a WebSocket API. Argument: its settings as JSON. Clients connect to any path; messages to them are posted to
// `/<stage>/@connections/<id>`.
const settings = JSON.parse(process.argv[2]) as SocketGatewaySettings;
const TIMEOUT_MS = 29_000;
const LIFETIME_MS = 2 * 3_600_000;
/** A frame may have 32 KiB, a message 128 KiB. */
const MESSAGE_LIMIT = 128 << 10;

interface Connection {
  readonly id: string;
  readonly socket: WebSocket;
  readonly connectedAt: number;
  readonly authorizer?: object;
  readonly ip: string;
  activeAt: number;
}

/** What an authorizer answers. */
interface Verdict {
  readonly principalId?: string;
  readonly context?: object;
  readonly policyDocument?: { readonly Statement?: readonly { readonly Effect?: string }[] };
}

const connections = new Map<string, Connection>();
const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_LIMIT, handleProtocols: (wanted) => [...wanted][0] ?? false });

function eventOf(type: 'CONNECT' | 'MESSAGE' | 'DISCONNECT', routeKey: string, one: Pick<Connection, 'id' | 'connectedAt' | 'authorizer' | 'ip'>, more: object = {}): object {
  return {
    requestContext: {
      routeKey, eventType: type, connectionId: one.id, connectedAt: one.connectedAt, requestId: randomUUID(), requestTimeEpoch: Date.now(),
      messageDirection: 'IN',
      apiId: settings.apiId, stage: settings.stage, domainName: `localhost:${settings.port}`, identity: { sourceIp: one.ip }, authorizer: one.authorizer,
    },
    isBase64Encoded: false,
    ...more,
  };
}

const call = (functionName: string, event: object): Promise<unknown> => invokeFunction(settings.controlUrl, functionName, event, TIMEOUT_MS);
const statusOf = (result: unknown): number => Number((result as { statusCode?: unknown } | null | undefined)?.statusCode ?? 200);

function end(socket: Duplex, status: number, text: string): void {
  socket.end(`HTTP/1.1 ${status} ${text}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

/** The authorizer's context, null when it refuses, undefined without one. */
async function authorize(
  request: IncomingMessage, one: Pick<Connection, 'id' | 'connectedAt' | 'ip'>, query: Record<string, string>,
): Promise<object | null | undefined> {
  const { authorizer } = settings;
  if (!authorizer) return undefined;
  const lacks = authorizer.headers.some((name) => request.headers[name.toLowerCase()] === undefined)
    || authorizer.queries.some((name) => query[name] === undefined);
  if (lacks) return null;
  const methodArn = `arn:aws:execute-api:us-east-1:000000000000:${settings.apiId}/${settings.stage}/$connect`;
  const event = eventOf('CONNECT', '$connect', one, { type: 'REQUEST', methodArn, headers: request.headers, queryStringParameters: query });
  const verdict = await call(authorizer.functionName, event) as Verdict | null | undefined;
  const allowed = verdict?.policyDocument?.Statement?.some(({ Effect }) => Effect === 'Allow') === true;
  return allowed ? { principalId: verdict?.principalId, ...verdict?.context } : null;
}

async function connect(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
  const id = `${randomBytes(9).toString('base64').replaceAll('/', '_').replaceAll('+', '-')}=`;
  const one = { id, connectedAt: Date.now(), ip: request.socket.remoteAddress ?? '127.0.0.1' };
  const query = Object.fromEntries(new URL(request.url ?? '/', 'http://gateway').searchParams);
  const authorizer = await authorize(request, one, query);
  if (authorizer === null) return end(socket, 401, 'Unauthorized');
  const handler = settings.routes.$connect;
  if (handler !== undefined) {
    const result = await call(handler, eventOf('CONNECT', '$connect', { ...one, authorizer }, { headers: request.headers, queryStringParameters: query }));
    if (result === undefined) return end(socket, 502, 'Bad Gateway');
    if (statusOf(result) >= 300) return end(socket, statusOf(result), 'Refused');
  }
  if (socket.destroyed) return;
  sockets.handleUpgrade(request, socket, head, (client) => serve({ ...one, authorizer, socket: client, activeAt: Date.now() }));
}

function serve(one: Connection): void {
  connections.set(one.id, one);
  const lifetime = setTimeout(() => one.socket.close(1001, 'Going away'), LIFETIME_MS);
  one.socket.on('message', (data) => void message(one, String(data)));
  one.socket.on('error', () => one.socket.terminate());
  one.socket.once('close', (code, reason) => {
    clearTimeout(lifetime);
    connections.delete(one.id);
    const handler = settings.routes.$disconnect;
    if (handler !== undefined) void call(handler, eventOf('DISCONNECT', '$disconnect', one, { disconnectStatusCode: code, disconnectReason: String(reason) }));
  });
}

async function message(one: Connection, text: string): Promise<void> {
  one.activeAt = Date.now();
  const key = routeOf(text);
  const routeKey = key !== undefined && settings.routes[key] !== undefined && !key.startsWith('$') ? key : '$default';
  const handler = settings.routes[routeKey];
  const refused = { message: 'Forbidden', connectionId: one.id, requestId: randomUUID() };
  if (handler === undefined) return one.socket.send(JSON.stringify(refused));
  const result = await call(handler, eventOf('MESSAGE', routeKey, one, { body: text }));
  if (result === undefined) return one.socket.send(JSON.stringify({ ...refused, message: 'Internal server error' }));
  const { body } = (result ?? {}) as { body?: unknown };
  if (typeof body === 'string' && settings.answering.includes(routeKey)) one.socket.send(body);
}

function routeOf(text: string): string | undefined {
  try {
    const value = (JSON.parse(text) as Record<string, unknown> | null)?.[settings.routeField];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the management API does: post to, look at, or close a connection. */
async function manage(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const found = /\/@connections\/([^/?]+)/.exec(request.url ?? '');
  const one = found && connections.get(decodeURIComponent(found[1]));
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  if (!found) return void response.writeHead(426, { upgrade: 'websocket' }).end();
  if (!one) return void response.writeHead(410, { 'x-amzn-errortype': 'GoneException' }).end('{}');
  const body = Buffer.concat(chunks);
  if (request.method === 'DELETE') {
    one.socket.close(1000);
  } else if (request.method === 'POST') {
    if (body.length > MESSAGE_LIMIT) return void response.writeHead(413, { 'x-amzn-errortype': 'PayloadTooLargeException' }).end('{}');
    one.socket.send(body.toString('utf8'));
  } else {
    response.setHeader('content-type', 'application/json');
    const [ConnectedAt, LastActiveAt] = [one.connectedAt, one.activeAt].map((at) => new Date(at).toISOString());
    return void response.end(JSON.stringify({ ConnectedAt, LastActiveAt, Identity: { SourceIp: one.ip } }));
  }
  response.writeHead(request.method === 'DELETE' ? 204 : 200).end();
}

const server = createServer({ requestTimeout: 0 }, (request, response) => void manage(request, response).catch(() => response.destroy()));
server.on('upgrade', (request, socket: Duplex, head) => {
  socket.on('error', () => socket.destroy());
  connect(request, socket, head).catch(() => end(socket, 500, 'Internal Server Error'));
});
server.listen(settings.port, '127.0.0.1', () => process.send?.({ listening: true }));
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => process.exit(0));
