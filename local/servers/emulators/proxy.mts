import { type IncomingMessage, type ServerResponse, request } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { LoadBalancerSettings } from './load-balancer-messages';
import type { HealthChecks } from './target-health.mts';

const COOKIE = 'AWSALB';
/** Headers that belong to one connection, not to the request. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te', 'trailer']);

function cookieOf(message: IncomingMessage): string | undefined {
  const header = message.headers.cookie;
  return header === undefined ? undefined : /(?:^|;\s*)AWSALB=([^;]+)/.exec(header)?.[1];
}

/** Both cookies of a load balancer: the second one is for requests from other sites. */
function stickiness(id: string, seconds: number): string[] {
  const expires = new Date(Date.now() + seconds * 1_000).toUTCString();
  return [`${COOKIE}=${id}; Expires=${expires}; Path=/`, `${COOKIE}CORS=${id}; Expires=${expires}; Path=/; SameSite=None; Secure`];
}

function forwarded(message: IncomingMessage, port: number): Record<string, string> {
  const peer = message.socket.remoteAddress ?? '127.0.0.1';
  const before = message.headers['x-forwarded-for'];
  return {
    'x-forwarded-for': before === undefined ? peer : `${String(before)}, ${peer}`,
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(port),
  };
}

function refuse(response: ServerResponse, status: 502 | 503 | 504, text: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/html', 'server': 'awselb/2.0' });
  response.end(`<html><body><center><h1>${status} ${text}</h1></center></body></html>`);
}

/** Passes one request to a target and its answer back. */
export function proxyRequest(message: IncomingMessage, response: ServerResponse, group: HealthChecks, port: number): void {
  const target = group.choose(cookieOf(message));
  if (!target) return refuse(response, 503, 'Service Temporarily Unavailable');
  target.open++;
  response.once('close', () => { target.open--; });
  const headers: Record<string, string | string[] | undefined> = {};
  for (const name in message.headers) if (!HOP_BY_HOP.has(name)) headers[name] = message.headers[name];
  Object.assign(headers, forwarded(message, port));
  const upstream = request({ host: '127.0.0.1', port: target.port, method: message.method, path: message.url, headers, agent: group.agent, setHost: false });
  upstream.once('response', (answer) => {
    const passed: Record<string, string | string[] | undefined> = {};
    for (const name in answer.headers) if (!HOP_BY_HOP.has(name)) passed[name] = answer.headers[name];
    const { stickySeconds } = group.settings;
    if (stickySeconds !== undefined) passed['set-cookie'] = [...(answer.headers['set-cookie'] ?? []), ...stickiness(target.id, stickySeconds)];
    response.writeHead(answer.statusCode ?? 502, passed);
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  upstream.once('error', () => refuse(response, 502, 'Bad Gateway'));
  response.once('close', () => { if (!response.writableFinished) upstream.destroy(); });
  // Most requests that matter for speed have no body at all.
  if (message.headers['content-length'] === undefined && message.headers['transfer-encoding'] === undefined) upstream.end();
  else message.pipe(upstream);
}

/** Passes a WebSocket's handshake to a target and then bytes both ways. */
export function proxyUpgrade(message: IncomingMessage, client: Duplex, head: Buffer, group: HealthChecks, settings: LoadBalancerSettings): void {
  const target = group.choose(cookieOf(message));
  if (!target) return void client.end('HTTP/1.1 503 Service Temporarily Unavailable\r\nconnection: close\r\n\r\n');
  const upstream = connect({ host: '127.0.0.1', port: target.port, noDelay: true }, () => {
    const lines = [`${message.method} ${message.url} HTTP/1.1`];
    for (let i = 0; i < message.rawHeaders.length; i += 2) lines.push(`${message.rawHeaders[i]}: ${message.rawHeaders[i + 1]}`);
    for (const [name, value] of Object.entries(forwarded(message, settings.port))) lines.push(`${name}: ${value}`);
    upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) upstream.write(head);
    upstream.pipe(client);
    client.pipe(upstream);
  });
  message.socket.setNoDelay(true);
  target.open++;
  client.once('close', () => { target.open--; });
  // A connection without traffic is closed, as by a load balancer.
  const idle = settings.idleSeconds * 1_000;
  upstream.setTimeout(idle, () => upstream.destroy());
  upstream.once('error', () => client.destroy());
  upstream.once('close', () => client.destroy());
  client.once('error', () => upstream.destroy());
  client.once('close', () => upstream.destroy());
}
