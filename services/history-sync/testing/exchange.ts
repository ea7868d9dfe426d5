import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the exchange does with one request instead of answering it properly. */
export type Fault = (response: ServerResponse, request: IncomingMessage) => void;

/** A candle as the exchange writes it. */
export type Row = readonly [string, string, string, string, string, string, string];

export interface ScriptedExchange {
  readonly url: string;
  /** Queries that came, oldest first. */
  readonly queries: URLSearchParams[];
  /** Next requests are met with these, one each. */
  readonly faults: Fault[];
  /** What it has of a symbol, by opening time; minutes that are not there were not traded. */
  readonly candles: Map<string, Map<number, Row>>;
  /** Clock of the exchange. */
  now: number;
  close(): Promise<void>;
}

/** A candle of a minute whose values follow from its time. */
export function row(time: number, values: Partial<Record<1 | 2 | 3 | 4 | 5 | 6, string>> = {}): Row {
  const minute = time / 60_000 % 1_440;
  return [
    String(time), values[1] ?? '90000.1', values[2] ?? `${90001 + minute}.25`, values[3] ?? '89000', values[4] ?? '90000',
    values[5] ?? `${minute}.00000001`, values[6] ?? '12345.678901',
  ];
}

/** A day of minutes, but for those that are left out. */
export function minutes(day: number, leftOut: readonly number[] = []): Map<number, Row> {
  const times = Array.from({ length: 1_440 }, (_, i) => i).filter((i) => !leftOut.includes(i)).map((i) => day + i * 60_000);
  return new Map(times.map((time) => [time, row(time)]));
}

/** A server with the rules of Bybit's v5 kline: newest first, at most `limit`, only symbols that it knows. */
export async function startExchange(now: number): Promise<ScriptedExchange> {
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://x').searchParams;
    exchange.queries.push(query);
    const fault = exchange.faults.shift();
    if (fault !== undefined) return fault(response, request);
    const known = exchange.candles.get(query.get('symbol') ?? '');
    if (known === undefined) return answer(response, exchange.now, {}, 10001, 'params error: Symbol Is Invalid');
    const list = [...known.values()]
      .filter(([time]) => Number(time) >= Number(query.get('start')) && Number(time) <= Number(query.get('end')))
      .sort((a, b) => Number(b[0]) - Number(a[0])).slice(0, Math.min(1_000, Number(query.get('limit'))));
    answer(response, exchange.now, { category: query.get('category'), symbol: query.get('symbol'), list });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const exchange: ScriptedExchange = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    queries: [],
    faults: [],
    candles: new Map(),
    now,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  return exchange;
}

/** Writes an answer in the exchange's envelope. */
export function answer(response: ServerResponse, time: number, result: object, retCode = 0, retMsg = 'OK'): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ retCode, retMsg, result, retExtInfo: {}, time }));
}
