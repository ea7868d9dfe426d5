import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer, Socket } from 'node:net';

/** What a server does with a request. */
export type Fault = 'none' | 'hang' | 'reset' | 'drip' | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

/** An HTTP server on loopback that behaves as badly as it is told, and counts what it is asked. */
export class FaultyServer {
  /** What happens to the next requests, one each; afterwards, what `always` says. */
  readonly next: Fault[] = [];
  always: Fault = 'none';
  requests = 0;
  body = '{}';
  /** Requests whose client went away before they were answered. */
  abandoned = 0;
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly server: Server = createServer((request, response) => this.answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    this.server.closeAllConnections();
    return new Promise((resolve) => { this.server.close(() => resolve()); });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1;
    const fault = this.next.shift() ?? this.always;
    request.resume();
    response.once('close', () => { if (!response.writableFinished) this.abandoned += 1; });
    if (fault === 'hang') return;
    if (fault === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === 'object') {
      response.writeHead(fault.status, fault.headers).end(this.body);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': fault === 'drip' ? 1_000_000 : Buffer.byteLength(this.body) });
    if (fault === 'none') {
      response.end(this.body);
      return;
    }
    // Never silent for long, and never done.
    const timer = setInterval(() => response.write(' '), 20);
    this.timers.add(timer);
    response.once('close', () => clearInterval(timer));
  }
}

/** Stands between a client and a server on loopback; `stall` lets nothing through any more and closes nothing, as when the power fails. */
export class StallingProxy {
  private readonly sockets = new Set<Socket>();
  private readonly pairs = new Map<Socket, Socket>();
  private stalled = false;
  private readonly server: TcpServer;

  /** @param port of the server behind it; undefined: there is nobody who answers, as after `stall` */
  constructor(private readonly port: number | undefined) {
    this.server = createTcpServer((client) => this.connect(client));
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => { this.server.listen(0, '127.0.0.1', resolve); });
    return (this.server.address() as AddressInfo).port;
  }

  /** Connections that are there now go on as if the other side had vanished. */
  stall(): void {
    this.stalled = true;
    for (const socket of this.sockets) socket.pause().unpipe();
  }

  /** Questions still arrive, and nobody hears the answers. */
  mute(): void {
    for (const [behind, client] of this.pairs) behind.unpipe(client).pause();
  }

  /** Breaks every connection. */
  drop(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  /** New connections work; those that stalled stay as they are. */
  recover(): void {
    this.stalled = false;
  }

  stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => { this.server.close(() => resolve()); });
  }

  private connect(client: Socket): void {
    this.keep(client);
    if (this.stalled || this.port === undefined) return;
    const behind = this.keep(new Socket().connect(this.port, '127.0.0.1'));
    client.pipe(behind);
    behind.pipe(client);
    this.pairs.set(behind, client);
    behind.once('close', () => this.pairs.delete(behind));
    client.once('close', () => behind.destroy());
    behind.once('close', () => client.destroy());
  }

  private keep(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.sockets.delete(socket));
    return socket;
  }
}
