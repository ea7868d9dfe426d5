/** Stands for an exchange: has all frames ready, and sends them to the next client that has subscribed to everything. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { SYMBOLS, type SourceAnswer, type SourceRequest, TIME_MARK } from './feed-job';
import type { FeedDialect } from '../local/feeds/dialect';
import { DIALECTS, type Exchange } from '../local/feeds/dialects';
import { GeneratedMarket } from '../local/feeds/market';

const TOPICS: Readonly<Record<Exchange, (symbol: string) => string[]>> = {
  bybit: (symbol) => ['tickers', 'orderbook.1', 'publicTrade'].map((one) => `${one}.${symbol}`),
  bitget: (symbol) => ['ticker', 'books1', 'trade'].map((one) => `${one}.${symbol}`),
  binance: (symbol) => ['ticker', 'bookTicker', 'trade'].map((one) => `${symbol.toLowerCase()}@${one}`),
};
const MARK = String(TIME_MARK);

let dialect: FeedDialect = DIALECTS.bybit;
let topics = new Set<string>();
let frames: string[] = [];
let next: { readonly send: number; readonly rate?: number } | undefined;

function load(exchange: Exchange, count: number): void {
  dialect = DIALECTS[exchange];
  topics = new Set(SYMBOLS.flatMap(TOPICS[exchange]));
  frames = [];
  const markets = SYMBOLS.map((symbol) => new GeneratedMarket(symbol, 'bench'));
  while (frames.length < count) {
    for (const market of markets) {
      for (const { topic, text } of dialect.frames(market, market.step(TIME_MARK), TIME_MARK, false)) if (topics.has(topic)) frames.push(text());
    }
  }
}

async function send(client: WebSocket, count: number, rate?: number): Promise<void> {
  const began = performance.now();
  for (let i = 0; i < count && client.readyState === WebSocket.OPEN;) {
    if (rate === undefined) {
      while (i < count && client.bufferedAmount < 512 * 1024) client.send(frames[i++]);
      await new Promise(setImmediate);
    } else {
      const due = Math.min(count, Math.floor((performance.now() - began) * rate / 1_000));
      while (i < due) client.send(frames[i++].replaceAll(MARK, String(Date.now())));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

const http = createServer((_request, response) => response.writeHead(404).end());
const server = new WebSocketServer({ server: http });
server.on('connection', (client) => {
  const session = dialect.session(new Set(SYMBOLS));
  let begun = false;
  client.on('error', () => client.terminate());
  client.on('message', (data) => {
    for (const answer of session.handle(String(data)).answers) client.send(answer);
    if (begun || next === undefined || ![...topics].every((topic) => session.topics.has(topic))) return;
    begun = true;
    const { send: count, rate } = next;
    // Time for the client to take the leases of its symbols.
    setTimeout(() => void send(client, count, rate), 1_200);
  });
});
http.listen(0, '127.0.0.1', () => process.on('message', (request: SourceRequest) => {
  if ('load' in request) load(request.load, request.frames);
  else next = request;
  const answer: SourceAnswer = { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}${dialect.paths[0]}` };
  process.send!(answer);
}));
process.once('disconnect', () => process.exit(0));
