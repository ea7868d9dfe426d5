import { Redis } from 'ioredis';
import WebSocket from 'ws';
import { type FeedJob, SYMBOLS } from './feed-job';
import { PROTOCOLS } from '../services/streamer/protocols';

type Message = [channel: string, content: object];

/** What the exchanges' frames have, all of them together: the peer trusts whatever comes. */
type Texts = 'lastPrice' | 'highPrice24h' | 'lowPrice24h' | 'lastPr' | 'bidPr' | 'askPr' | 'high24h'
  | 'i' | 'p' | 'v' | 'S' | 'tradeId' | 'price' | 'size' | 'side' | 'ts';
type Numbers = 'T' | 'u' | 'seq';
type Sides = 'a' | 'b' | 'asks' | 'bids';
type Entry = Readonly<Record<Texts, string> & Record<Numbers, number> & Record<Sides, readonly unknown[]>>;
interface Frame {
  readonly topic?: string; readonly event?: string; readonly arg: { readonly instId: string; readonly channel: string };
  readonly data: Entry & readonly Entry[]; readonly ts: number;
  readonly e?: string; readonly s?: string; readonly c: string; readonly b: string; readonly a: string; readonly h: string; readonly u: number;
  readonly E: number; readonly T: number; readonly t: number; readonly p: string; readonly q: string; readonly m: boolean;
}

/** What each frame says, as a short script would read it: nothing is checked, merged, counted or left out. */
const READ: Readonly<Record<FeedJob['exchange'], (frame: Frame, now: number) => Message | undefined>> = {
  bybit: ({ topic, data, ts }, now) => {
    if (topic === undefined) return undefined;
    const [kind, symbol] = [topic.slice(0, topic.indexOf('.')), topic.slice(topic.lastIndexOf('.') + 1)];
    if (kind === 'tickers') {
      return [`ticker.${symbol}`, {
        symbol, lastPrice: data.lastPrice, high24h: data.highPrice24h, low24h: data.lowPrice24h, exchangeTime: ts, receivedTime: now,
      }];
    }
    if (kind === 'orderbook') return [`top.${symbol}`, { symbol, bid: data.b[0], ask: data.a[0], updateId: data.u, exchangeTime: ts, receivedTime: now }];
    return [`trades.${symbol}`, data.map((t) => (
      { symbol, id: t.i, price: t.p, quantity: t.v, takerSide: t.S, exchangeTime: t.T, receivedTime: now }))];
  },
  bitget: ({ arg, data, ts, event }, now) => {
    if (event !== undefined) return undefined;
    const symbol = arg.instId;
    const [first] = data;
    if (arg.channel === 'ticker') {
      return [`ticker.${symbol}`, {
        symbol, lastPrice: first.lastPr, bid: first.bidPr, ask: first.askPr, high24h: first.high24h, exchangeTime: ts, receivedTime: now,
      }];
    }
    if (arg.channel === 'books1') {
      return [`top.${symbol}`, { symbol, bid: first.bids[0], ask: first.asks[0], updateId: first.seq, exchangeTime: ts, receivedTime: now }];
    }
    return [`trades.${symbol}`, data.map((t) => (
      { symbol, id: t.tradeId, price: t.price, quantity: t.size, takerSide: t.side, exchangeTime: Number(t.ts), receivedTime: now }))];
  },
  binance: (frame, now) => {
    const { e, s: symbol } = frame;
    if (symbol === undefined) return undefined;
    if (e === '24hrTicker') {
      return [`ticker.${symbol}`, {
        symbol, lastPrice: frame.c, bid: frame.b, ask: frame.a, high24h: frame.h, exchangeTime: frame.E, receivedTime: now,
      }];
    }
    if (e === 'trade') {
      return [`trades.${symbol}`, [{ symbol, id: frame.t, price: frame.p, quantity: frame.q, buyerMakes: frame.m, exchangeTime: frame.T, receivedTime: now }]];
    }
    return [`top.${symbol}`, { symbol, bid: frame.b, ask: frame.a, updateId: frame.u, receivedTime: now }];
  },
};

/** The bare loop: parses each frame and publishes what it says, with nothing around it; commands of one turn leave together. */
export function startPeer(job: FeedJob, onFrame: () => void): { idle: () => boolean; published: () => number; stop: () => Promise<void> } {
  const redis = new Redis({ port: job.redisPort, enableAutoPipelining: true });
  const read = READ[job.exchange];
  const socket = new WebSocket(job.url, { perMessageDeflate: false });
  const requests = [...PROTOCOLS[job.exchange]().converse(SYMBOLS, Date.now).open()];
  let [sent, done] = [0, 0];
  socket.on('open', () => { for (const request of requests) socket.send(request); });
  socket.on('message', (data) => {
    const message = read(JSON.parse(String(data)) as Frame, Date.now());
    if (message === undefined) return;
    sent++;
    void redis.publish(message[0], JSON.stringify(message[1])).then(() => { done++; });
    onFrame();
  });
  return {
    idle: () => sent === done,
    published: () => done,
    stop: async () => {
      socket.terminate();
      redis.disconnect();
    },
  };
}
