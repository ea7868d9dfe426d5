import { fstatSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { WebSocket, WebSocketServer } from 'ws';
import { bookFrame, tickerFrame, tradeFrame } from './bybit-frames';
import { type BybitRequest, BybitSession } from './bybit-session';
import { GeneratedMarket } from './market';

const PATH = '/v5/public/spot';
/** A client that says nothing for this long is cut off. */
const IDLE_LIMIT_MS = 600_000;
/** The best prices are sent again after this time without a change. */
const REPEAT_MS = 3_000;

/** What the stand-in for an exchange offers. */
export interface BybitServerOptions {
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly symbols: readonly string[];
  /** Equal seeds give equal markets. Default `1`. */
  readonly seed?: string;
  /** Milliseconds between two moves of the market. Default 100. */
  readonly intervalMs?: number;
}

/** A running server and what a test may do to it. */
export interface BybitServer {
  /** What a client connects to. */
  readonly url: string;
  readonly port: number;
  /** Every request since the start, oldest first. */
  readonly requests: readonly BybitRequest[];
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
 * Starts a server that speaks Bybit's v5 public WebSocket protocol for spot, with a generated market.
 *
 * @throws Error when the port is taken
 */
export async function startBybitServer(options: BybitServerOptions): Promise<BybitServer> {
  const { intervalMs = 100, seed = '1' } = options;
  const markets = new Map(options.symbols.map((symbol) => [symbol, new GeneratedMarket(symbol, seed)]));
  const sessions = new Map<WebSocket, BybitSession>();
  const requests: BybitRequest[] = [];
  const silent = new WeakSet<WebSocket>();
  const lastTop = new Map<string, number>();

  const http = createServer((_request, response) => response.writeHead(404).end());
  const server = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  http.on('upgrade', (request, socket, head) => {
    if (request.url?.split('?')[0] !== PATH) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    server.handleUpgrade(request, socket, head, (client) => accept(client));
  });

  const send = (client: WebSocket, data: string | Buffer): void => {
    // A client that does not read is not buffered for without end.
    if (client.readyState === WebSocket.OPEN && !silent.has(client) && client.bufferedAmount < 4_000_000) client.send(data);
  };
  const greet = (client: WebSocket, topic: string): void => {
    const market = markets.get(topic.slice(topic.lastIndexOf('.') + 1))!;
    const depth = topic.startsWith('orderbook.50.') ? 50 : 1;
    if (topic.startsWith('tickers.')) send(client, tickerFrame(market, Date.now()));
    else if (topic.startsWith('orderbook.')) send(client, bookFrame(market, depth, 'snapshot', market.book(depth), Date.now()));
  };
  const accept = (client: WebSocket): void => {
    const session = new BybitSession(new Set(markets.keys()));
    sessions.set(client, session);
    let idle = setTimeout(() => client.close(), IDLE_LIMIT_MS);
    client.on('message', (data) => {
      clearTimeout(idle);
      idle = setTimeout(() => client.close(), IDLE_LIMIT_MS);
      const reply = session.handle(String(data));
      requests.push(reply.request);
      send(client, reply.answer);
      for (const topic of reply.started) greet(client, topic);
    });
    client.on('error', () => client.terminate());
    client.on('close', () => {
      clearTimeout(idle);
      sessions.delete(client);
    });
  };
  const publish = (topic: string, frame: () => string): void => {
    let text: string | undefined;
    for (const [client, session] of sessions) if (session.topics.has(topic)) send(client, text ??= frame());
  };
  const move = (): void => {
    const now = Date.now();
    for (const [symbol, market] of markets) {
      const step = market.step(now);
      if (step.trades.length > 0) publish(`publicTrade.${symbol}`, () => tradeFrame(market, step.trades, now));
      if (step.bids.length + step.asks.length > 0) publish(`orderbook.50.${symbol}`, () => bookFrame(market, 50, 'delta', step, now));
      if (step.topChanged || now - (lastTop.get(symbol) ?? 0) >= REPEAT_MS) {
        lastTop.set(symbol, now);
        publish(`orderbook.1.${symbol}`, () => bookFrame(market, 1, 'snapshot', market.book(1), now));
      }
      publish(`tickers.${symbol}`, () => tickerFrame(market, now));
    }
  };

  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new Error(`port ${options.port} is taken; name another one with --port`) : error);
    });
    http.listen(options.port, '127.0.0.1', resolve);
  });
  const timer = setInterval(move, intervalMs);
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}${PATH}`,
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
      clearInterval(timer);
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'port': { type: 'string' }, 'symbols': { type: 'string' }, 'seed': { type: 'string' }, 'interval-ms': { type: 'string' } },
  });
  const whole = (name: 'port' | 'interval-ms', fallback: number, high: number): number => {
    const text = values[name];
    if (text === undefined) return fallback;
    if (!/^\d{1,5}$/.test(text) || Number(text) > high) throw new Error(`--${name} must be a whole number up to ${high}, got ${JSON.stringify(text)}`);
    return Number(text);
  };
  const server = await startBybitServer({
    port: whole('port', 0, 65_535),
    symbols: (values.symbols ?? 'BTCUSDT,ETHUSDT').split(',').map((symbol) => symbol.trim()).filter((symbol) => symbol !== ''),
    seed: values.seed,
    intervalMs: Math.max(1, whole('interval-ms', 100, 60_000)),
  });
  const end = (): void => {
    void server.close().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // Whoever started us may hold the other end of a pipe: when that is gone, so are we. A terminal or /dev/null says nothing.
  const input = fstatSync(0);
  if (input.isFIFO() || input.isSocket()) process.stdin.on('end', end).on('error', end).resume();
  process.stdout.write(`listening ${server.url}\n`);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
