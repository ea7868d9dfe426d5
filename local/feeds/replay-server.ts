import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import type { FeedSession } from './dialect';
import { DIALECTS } from './feed-server';
import type { Recording } from './recording';

export interface ReplayOptions {
  readonly recording: Recording;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** How many times faster than it was recorded; default 1. */
  readonly speed?: number;
}

/** A recording that is being played. */
export interface ReplayServer {
  /** What a client connects to. */
  readonly url: string;
  /** Frames that were played so far, whether anybody listened or not. */
  readonly played: number;
  /** Resolves when the recording is over; rejects when it is damaged. */
  readonly finished: Promise<void>;
  /** Cuts every connection without a goodbye. */
  dropAll(): void;
  close(): Promise<void>;
}

/**
 * Plays a recording to whoever connects and subscribes, in the exchange's own protocol and at the recorded pace. It begins with the first
 * subscription. The times within the frames are those of the recording.
 */
export async function startReplayServer({ recording, port, speed = 1 }: ReplayOptions): Promise<ReplayServer> {
  if (!(speed > 0)) throw new Error(`the speed must be positive, got ${speed}`);
  const dialect = DIALECTS[recording.head.exchange];
  const sessions = new Map<WebSocket, FeedSession>();
  const stopping = new AbortController();
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let played = 0;

  const http = createServer((_request, response) => response.writeHead(404).end());
  const server = new WebSocketServer({ server: http, maxPayload: 64 * 1024 });
  server.on('connection', (client) => {
    const session = dialect.session(new Set(recording.head.symbols));
    sessions.set(client, session);
    client.on('message', (data) => {
      const { answers, started } = session.handle(String(data));
      for (const answer of answers) client.send(answer);
      if (started.length > 0) begin();
    });
    client.on('error', () => client.terminate());
    client.on('close', () => sessions.delete(client));
  });
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', resolve);
  });

  const play = async (): Promise<void> => {
    await Promise.race([begun, new Promise((resolve) => stopping.signal.addEventListener('abort', resolve))]);
    const started = Date.now();
    for await (const { offsetMs, symbol, text } of recording.frames) {
      const waitMs = started + offsetMs / speed - Date.now();
      if (waitMs > 1) await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      for (const [client, session] of sessions) {
        const follows = [...session.topics].some((topic) => topic.toUpperCase().includes(symbol.toUpperCase()));
        if (follows && client.readyState === WebSocket.OPEN && client.bufferedAmount < 16_000_000) client.send(text);
      }
      played++;
    }
  };
  const finished = play();
  finished.catch(() => undefined);
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}${dialect.paths[0]}`,
    get played() {
      return played;
    },
    finished,
    dropAll: () => {
      for (const client of sessions.keys()) client.terminate();
    },
    close: async () => {
      stopping.abort();
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => http.close(() => resolve()));
      await finished.catch(() => undefined);
    },
  };
}
