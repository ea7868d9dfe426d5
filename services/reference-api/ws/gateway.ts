import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Connection, type ConnectionContext } from './connection';
import { CLOSE } from './protocol';
import type { Topic } from './topic';
import { authenticate } from '../auth/authenticate';
import type { Caller } from '../auth/token-verifier';
import { addressOf } from '../http/address';
import { MAX_BODY_BYTES } from '../http/body';
import { ApiError, INTERNAL_ERROR, PROBLEM_TYPE, problemOf, toApiError, unavailable } from '../http/errors';

export interface GatewayOptions extends Omit<ConnectionContext, 'admit' | 'authTimeoutMs'> {
  readonly authTimeoutMs?: number;
  /** Milliseconds between two pings; a client that has not answered the last one is gone. */
  readonly pingMs?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerAccount?: number;
  /** Pages that may connect, such as `https://trade.example.com`; undefined: whichever. Programs that are no browsers name none. */
  readonly allowedOrigins?: readonly string[];
  /** Proxies of ours in front. */
  readonly trustedProxies?: number;
  /** Serves upgrades of other addresses; answers whether this one is its own. @throws ApiError */
  readonly also?: (url: URL, request: IncomingMessage, socket: Duplex, head: Buffer, onUpgrade: () => void) => boolean;
}

/** Path of the stream. */
export const STREAM_PATH = '/v1/stream';

/** Accepts WebSocket connections and keeps account of them. */
export class StreamGateway {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, perMessageDeflate: false, clientTracking: false });
  private readonly connections = new Set<Connection>();
  private readonly perAccount = new Map<string, number>();
  private readonly reaper: NodeJS.Timeout;
  private readonly context: ConnectionContext;
  private closing = false;

  constructor(private readonly options: GatewayOptions) {
    const { verifier, catalog, hub, requests, replays, access, authTimeoutMs = 5_000, pingMs = 30_000 } = options;
    this.context = { verifier, catalog, hub, requests, replays, access, authTimeoutMs, admit: (accountId) => this.admit(accountId) };
    this.reaper = setInterval(() => this.ping(), pingMs).unref();
    hub.onGap = (topic) => this.tellGap(topic);
  }

  get size(): number {
    return this.connections.size;
  }

  /** Looks at the rights of all connections again. */
  recheck(): void {
    for (const connection of this.connections) connection.endIfDenied();
  }

  /** Serves the upgrades of an HTTP server. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      const onError = (): void => void socket.destroy();
      socket.on('error', onError);
      this.upgrade(request, socket, head, () => socket.off('error', onError)).catch((error: unknown) => refuse(socket, error));
    });
  }

  /** Says goodbye to everybody and resolves when they are gone. */
  async close(graceMs = 2_000): Promise<void> {
    this.closing = true;
    clearInterval(this.reaper);
    const gone = [...this.connections].map((connection) => new Promise<void>((resolve) => {
      const timer = setTimeout(() => connection.socket.terminate(), graceMs);
      connection.socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      connection.close(CLOSE.goingAway, 'going away');
    }));
    await Promise.all(gone);
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, onUpgrade: () => void): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (this.options.also?.(url, request, socket, head, onUpgrade)) return;
    if (url.pathname !== STREAM_PATH) throw new ApiError(404, 'not_found', 'There is nothing here.');
    // Addresses end up in logs.
    if (url.search !== '') throw new ApiError(400, 'query_not_allowed', 'The stream takes no query; send the token as the first message.');
    const { origin } = request.headers;
    if (origin !== undefined && this.options.allowedOrigins?.includes(origin) === false) throw new ApiError(403, 'origin_not_allowed', 'This page may not connect here.');
    if (this.closing || this.connections.size >= (this.options.maxConnections ?? 10_000)) throw unavailable('overloaded', 'No more connections here.');
    const { authorization, 'user-agent': program } = request.headers;
    const caller = authorization ? await authenticate(this.options.verifier, authorization, program) : undefined;
    if (socket.destroyed) return;
    onUpgrade();
    this.server.handleUpgrade(request, socket, head, (client: WebSocket) => {
      const connection = new Connection(client, socket, this.context, addressOf(request, this.options.trustedProxies ?? 0), program);
      this.connections.add(connection);
      client.once('close', () => this.forget(connection));
      if (caller) connection.authenticate(caller);
      if (this.closing) connection.close(CLOSE.goingAway, 'going away');
    });
  }

  /** Ends the connections that somebody may not have any longer. */
  end(isOver: (caller: Caller) => boolean): void {
    for (const connection of this.connections) connection.endIf(isOver);
  }

  private admit(accountId: string): boolean {
    const count = this.perAccount.get(accountId) ?? 0;
    if (count >= (this.options.maxConnectionsPerAccount ?? 20)) return false;
    this.perAccount.set(accountId, count + 1);
    return true;
  }

  private forget(connection: Connection): void {
    this.connections.delete(connection);
    const { accountId } = connection;
    if (accountId === undefined) return;
    const count = (this.perAccount.get(accountId) ?? 1) - 1;
    if (count > 0) this.perAccount.set(accountId, count);
    else this.perAccount.delete(accountId);
  }

  private ping(): void {
    for (const connection of this.connections) {
      if (connection.alive) {
        connection.alive = false;
        connection.socket.ping();
      } else {
        connection.socket.terminate();
      }
    }
  }

  private tellGap(topic: Topic): void {
    for (const sink of topic.sinks) if (sink instanceof Connection) sink.tellGap(topic.ref.name);
  }
}

/** Answers an upgrade that does not take place, as any other request. */
function refuse(socket: Duplex, error: unknown): void {
  const refusal = toApiError(error) ?? INTERNAL_ERROR;
  const { status, headers } = refusal;
  const body = JSON.stringify(problemOf(refusal));
  const lines = Object.entries({ ...headers, 'connection': 'close', 'content-type': PROBLEM_TYPE, 'content-length': Buffer.byteLength(body) });
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
}
