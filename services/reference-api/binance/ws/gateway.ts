import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ApiSocket, type ApiSocketContext } from './api-socket';
import type { FacadeSocket } from './socket';
import { StreamSocket, type StreamSocketContext } from './stream-socket';
import type { Logger } from '../../../runtime';
import { addressOf } from '../../http/address';
import { MAX_BODY_BYTES } from '../../http/body';
import { ApiError, unavailable } from '../../http/errors';
import { CLOSE } from '../../ws/protocol';

export interface FacadeGatewayOptions extends StreamSocketContext, ApiSocketContext {
  readonly logger: Logger;
  /** Milliseconds between two pings; a client that has not answered the last one is gone. Rights are looked at again as often. */
  readonly pingMs?: number;
  readonly maxConnections?: number;
  readonly maxConnectionsPerAddress?: number;
  /** As for the native stream. */
  readonly allowedOrigins?: readonly string[];
  readonly trustedProxies?: number;
}

const STREAMS = /^\/(ws|stream)(?:\/(.*))?$/;
const API = /^\/ws-api\/v3\/?$/;

/** Accepts the WebSocket connections of Binance's API. */
export class FacadeGateway {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_BODY_BYTES, perMessageDeflate: false, clientTracking: false });
  private readonly sockets = new Set<FacadeSocket>();
  private readonly perAddress = new Map<string, number>();
  private readonly reaper: NodeJS.Timeout;
  private closing = false;

  constructor(private readonly options: FacadeGatewayOptions) {
    this.reaper = setInterval(() => this.look(), options.pingMs ?? 15_000).unref();
  }

  get size(): number {
    return this.sockets.size;
  }

  /** Takes an upgrade that is for Binance's API; answers whether it is. @throws ApiError 403, 429, 503 */
  upgrade(url: URL, request: IncomingMessage, socket: Duplex, head: Buffer, onUpgrade: () => void): boolean {
    const streams = STREAMS.exec(url.pathname);
    if (!streams && !API.test(url.pathname)) return false;
    const { allowedOrigins, trustedProxies = 0, maxConnections = 5_000, maxConnectionsPerAddress = 100 } = this.options;
    const { origin } = request.headers;
    if (origin !== undefined && allowedOrigins?.includes(origin) === false) throw new ApiError(403, 'origin_not_allowed', 'This page may not connect here.');
    if (this.closing || this.sockets.size >= maxConnections) throw unavailable('overloaded', 'No more connections here.');
    const address = addressOf(request, trustedProxies);
    if (address !== undefined && (this.perAddress.get(address) ?? 0) >= maxConnectionsPerAddress) {
      throw new ApiError(429, 'too_many_requests', 'Too many connections from this address.', {}, { 'retry-after': '10' });
    }
    onUpgrade();
    this.server.handleUpgrade(request, socket, head, (client) => {
      const made = streams
        ? new StreamSocket(client, socket, address, this.options, streams[1] === 'stream', namesOf(streams, url)) : new ApiSocket(client, socket, address, this.options);
      this.keep(made);
    });
    return true;
  }

  /** Says goodbye to everybody and resolves when they are gone. */
  async close(graceMs = 2_000): Promise<void> {
    this.closing = true;
    clearInterval(this.reaper);
    await Promise.all([...this.sockets].map((one) => new Promise<void>((resolve) => {
      const timer = setTimeout(() => one.socket.terminate(), graceMs);
      one.socket.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      one.close(CLOSE.goingAway, 'going away');
    })));
  }

  /** Closes the sockets that hear of an account: its keys are over. */
  endAccount(accountId: string): void {
    for (const one of this.sockets) if (one.hears(accountId)) one.close(CLOSE.unauthorized, 'api keys ended');
  }

  private keep(made: FacadeSocket): void {
    const { address } = made;
    this.sockets.add(made);
    if (address !== undefined) this.perAddress.set(address, (this.perAddress.get(address) ?? 0) + 1);
    made.socket.once('close', () => {
      this.sockets.delete(made);
      if (address === undefined) return;
      const left = (this.perAddress.get(address) ?? 1) - 1;
      if (left > 0) this.perAddress.set(address, left);
      else this.perAddress.delete(address);
    });
    if (this.closing) made.close(CLOSE.goingAway, 'going away');
  }

  /** Looks at the rights of all connections again. */
  recheck(): void {
    for (const one of this.sockets) this.check(one);
  }

  private check(one: FacadeSocket): void {
    one.check().catch((error: unknown) => this.options.logger.warn({ err: error }, 'rights of a connection could not be looked at'));
  }

  private look(): void {
    for (const one of this.sockets) {
      if (!one.alive) {
        one.socket.terminate();
        continue;
      }
      one.alive = false;
      one.socket.ping();
      this.check(one);
    }
  }
}

/** Streams that an address names: `/ws/a`, `/ws/a/b`, `/stream?streams=a/b`. Some programs put a number there that says nothing. */
function namesOf([, kind, path = '']: RegExpExecArray, url: URL): readonly string[] {
  const text = kind === 'stream' ? url.searchParams.get('streams') ?? '' : path;
  return text.split('/').filter((name) => name !== '' && !/^\d{1,9}$/.test(name));
}
