import WebSocket from 'ws';
import { PastMarket } from '../feeds/past-market';
import type { ApiClient } from '../runtime/api-client';
import { LocalError } from '../servers/errors';

/** A day that the index has. */
export interface IndexedDay {
  readonly symbol: string;
  readonly day: string;
  readonly candles: number;
}

const VALUES = ['open', 'high', 'low', 'close', 'volume', 'turnover'] as const;
type Bar = { readonly openTime: number } & Readonly<Record<(typeof VALUES)[number], string>>;
interface Page { readonly bars: readonly Bar[]; readonly gaps: readonly unknown[]; readonly nextCursor?: string }

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * Reads days back through the API, in pages and as a replay over its stream, and holds every bar against the exchange's.
 *
 * @throws LocalError with the first that differs
 */
export async function readBarsBack(api: ApiClient, wsUrl: string, token: string, days: readonly IndexedDay[]): Promise<void> {
  for (const { symbol, day, candles } of days) {
    const from = Date.parse(`${day}T00:00:00Z`);
    compare(`the pages of ${symbol}`, symbol, from, candles, await pages(api, token, symbol, from));
    compare(`the replay of ${symbol}`, symbol, from, candles, await replayed(wsUrl, token, symbol, from));
  }
}

async function pages(api: ApiClient, token: string, symbol: string, from: number): Promise<Bar[]> {
  const bars: Bar[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ from: String(from), to: String(from + DAY_MS), limit: '1000', ...cursor === undefined ? {} : { cursor } });
    const page: Page = await api.get<Page>(`/v1/replay/${symbol}/bars?${query}`, token);
    if (page.gaps.length > 0) throw new LocalError(`The history of ${symbol} has gaps: ${JSON.stringify(page.gaps)}`);
    bars.push(...page.bars);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return bars;
}

function replayed(wsUrl: string, token: string, symbol: string, from: number): Promise<Bar[]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(wsUrl);
    const bars: Bar[] = [];
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      socket.removeAllListeners('close');
      socket.close();
      act();
    };
    const fail = (why: string): void => finish(() => reject(new LocalError(`${symbol} cannot be replayed: ${why}`)));
    const timer = setTimeout(() => fail(`only ${bars.length} bars came within 30 s`), 30_000);
    socket.on('open', () => {
      socket.send(JSON.stringify({ op: 'auth', token }));
      socket.send(JSON.stringify({ op: 'replay', id: 'check', symbol, from, to: from + DAY_MS, speed: 'max' }));
    });
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { op?: string; event?: string; channel?: string; data?: Bar[]; error?: { message: string } };
      if (message.error) return fail(message.error.message);
      if (message.event === 'gap') return fail(`the day is not whole: ${String(data)}`);
      if (message.channel === 'replay.check') bars.push(...message.data ?? []);
      if (message.event === 'ended') finish(() => resolve(bars));
    });
    socket.on('error', ({ message }) => fail(message));
    socket.on('close', (code) => fail(`the connection was closed with ${code}`));
  });
}

function compare(what: string, symbol: string, from: number, candles: number, bars: readonly Bar[]): void {
  const market = new PastMarket(symbol, '1');
  const wrong = bars.findIndex((bar, minute) => {
    const wanted = market.candle(from + minute * MINUTE_MS).map(Number);
    return [bar.openTime, ...VALUES.map((name) => Number(bar[name]))].some((value, i) => value !== wanted[i]);
  });
  if (bars.length !== candles || wrong >= 0) {
    throw new LocalError(`${what}: ${bars.length} bars of ${candles}${wrong >= 0 ? `; number ${wrong} is not the exchange's: ${JSON.stringify(bars[wrong])}` : ''}`);
  }
}
