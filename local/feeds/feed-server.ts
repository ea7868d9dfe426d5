import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { WebSocket, WebSocketServer } from 'ws';
import type { FeedDialect, FeedRequest, FeedSession } from './dialect';
import { DIALECTS, type Exchange } from './dialects';
import { GeneratedMarket } from './market';
import { runMain, runStandalone } from './standalone';

/** The best prices are sent again after this time without a change. */
const REPEAT_MS = 3_000;

/** What the stand-in for an exchange offers. */
export interface FeedServerOptions {
  /** Default `bybit`. */
  readonly exchange?: Exchange;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly symbols: readonly string[];
  /** Equal seeds give equal markets. Default `1`. */
  readonly seed?: string;
  /** Milliseconds between two moves of the market. Default 100. */
  readonly intervalMs?: number;
}

/** A running server and what a test may do to it. */
export interface FeedServer {
  /** What a client connects to. */
  readonly url: string;
  readonly port: number;
  /** Every request since the start, oldest first. */
  readonly requests: readonly FeedRequest[];
  /** Clients that are connected now. */
  connections(): number;
  /** Cuts every connection without a goodbye. */
  dropAll(): void;
  /** Stops (or resumes) sending anything at all on the connections that there are now, answers included; they stay open. */
  goSilent(silent?: boolean): void;
  /** Sends a frame as it is to every client. */
  sendRaw(data: string | Buffer): void;
  close(): Promise<void>;
}

/**
 * Starts a server that speaks an exchange's public WebSocket protocol for spot, with a generated market.
 *
 * @throws Error when the port is taken
 */
export async function startFeedServer(options: FeedServerOptions): Promise<FeedServer> {
  const { exchange = 'bybit', intervalMs = 100, seed = '1' } = options;
  const dialect: FeedDialect = DIALECTS[exchange];
  const markets = new Map(options.symbols.map((symbol) => [symbol, new GeneratedMarket(symbol, seed)]));
  const sessions = new Map<WebSocket, FeedSession>();
  const requests: FeedRequest[] = [];
  const silent = new WeakSet<WebSocket>();
  const unanswered = new WeakSet<WebSocket>();
  const lastTop = new Map<string, number>();

  const http = createServer((_request, response) => response.writeHead(404).end());
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  http.on('upgrade', (request, socket, head) => {
    if (!dialect.paths.includes(request.url?.split('?')[0] ?? '')) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    server.handleUpgrade(request, socket, head, (client) => accept(client));
  });

  const send = (client: WebSocket, data: string | Buffer): void => {
    // A client that does not read is not buffered for without end.
    if (client.readyState === WebSocket.OPEN && !silent.has(client) && client.bufferedAmount < 4_000_000) client.send(data);
  };
  const accept = (client: WebSocket): void => {
    const session = dialect.session(new Set(markets.keys()));
    sessions.set(client, session);
    const { idleLimitMs } = dialect;
    const watch = (): NodeJS.Timeout | undefined => (idleLimitMs === undefined ? undefined : setTimeout(() => client.close(), idleLimitMs));
    let idle = watch();
    client.on('message', (data) => {
      clearTimeout(idle);
      idle = watch();
      const reply = session.handle(String(data));
      requests.push(reply.request);
      for (const answer of reply.answers) send(client, answer);
      for (const topic of reply.started) {
        const greeting = dialect.greet(topic, markets, Date.now());
        if (greeting !== undefined) send(client, greeting);
      }
    });
    client.on('pong', () => unanswered.delete(client));
    client.on('error', () => client.terminate());
    client.on('close', () => {
      clearTimeout(idle);
      sessions.delete(client);
    });
  };
  const move = (): void => {
    const now = Date.now();
    for (const [symbol, market] of markets) {
      const step = market.step(now);
      const repeatTop = now - (lastTop.get(symbol) ?? 0) >= REPEAT_MS;
      if (step.topChanged || repeatTop) lastTop.set(symbol, now);
      for (const frame of dialect.frames(market, step, now, repeatTop)) {
        let text: string | undefined;
        for (const [client, session] of sessions) if (session.topics.has(frame.topic)) send(client, text ??= frame.text());
      }
    }
  };
  const ping = (): void => {
    for (const client of sessions.keys()) {
      if (unanswered.has(client)) {client.terminate();} else {
        unanswered.add(client);
        client.ping();
      }
    }
  };

  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${options.port} is taken; name another one with --port`) : error);
    });
    http.listen(options.port, '127.0.0.1', resolve);
  });
  const timers = [setInterval(move, intervalMs), ...(dialect.pingEveryMs === undefined ? [] : [setInterval(ping, dialect.pingEveryMs)])];
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}${dialect.paths[0]}`,
    port,
    requests,
    connections: () => sessions.size,
    dropAll: () => {
      for (const client of sessions.keys()) client.terminate();
    },
    goSilent: (off = true) => {
      for (const client of sessions.keys()) if (off) silent.add(client); else silent.delete(client);
    },
    sendRaw: (data) => {
      for (const client of sessions.keys()) client.send(data);
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'exchange': { type: 'string', default: 'bybit' },
      'port': { type: 'string' },
      'symbols': { type: 'string' },
      'seed': { type: 'string' },
      'interval-ms': { type: 'string' },
    },
  });
  const whole = (name: 'port' | 'interval-ms', fallback: number, high: number): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    if (!/^\d{1,5}$/.test(text) || Number(text) > high) throw new Error(`--${name} must be a whole number up to ${high}, got ${JSON.stringify(text)}`);
    return Number(text);
  };
  const { exchange } = values;
  if (!Object.keys(DIALECTS).includes(exchange)) throw new Error(`--exchange must be one of ${Object.keys(DIALECTS).join(', ')}, got ${JSON.stringify(exchange)}`);
  const server = await startFeedServer({
    exchange: exchange as Exchange,
    port: whole('port', 0, 65_535),
    symbols: (values.symbols ?? 'BTCUSDT,ETHUSDT').split(',').map((symbol) => symbol.trim()).filter((symbol) => symbol !== ''),
    seed: values.seed,
    intervalMs: Math.max(1, whole('interval-ms', 100, 60_000)),
  });
  runStandalone(server);
}

if (require.main === module) runMain(main);
