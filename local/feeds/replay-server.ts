import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import type { FeedSession } from './dialect';
import { DIALECTS } from './dialects';
import type { RecordedFrame, Recording } from './recording';

export interface ReplayOptions {
  readonly recording: Recording;
  /** Port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  /** How many times faster than it was recorded; default 1. */
  readonly speed?: number;
  /** How often a frame is sent; default once. */
  readonly times?: (frame: RecordedFrame) => number;
  /** A frame was sent to so many clients, once to each or more often. */
  readonly onSent?: (frame: RecordedFrame, clients: number) => void;
}

/** A recording that is being played. */
export interface ReplayServer {
  /** What a client connects to. */
  readonly url: string;
  /** Frames that were played so far, whether anybody listened or not. */
  readonly played: number;
  /** Resolves when the recording is over; rejects when it is damaged. */
  readonly finished: Promise<void>;
  /** Clients that are connected now, the oldest first. */
  connections(): number;
  /** Cuts every connection without a goodbye. */
  dropAll(): void;
  /**
   * Plays nothing until every client has what was sent, then cuts the clients at these places, or all of them.
   *
   * @param places 0 is the client that has been connected for longest
   */
  cut(places?: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Plays a recording to whoever connects and subscribes, in the exchange's own protocol and at the recorded pace. It begins with the first
 * subscription. The times within the frames are those of the recording.
 */
export async function startReplayServer({ recording, port, speed = 1, times, onSent }: ReplayOptions): Promise<ReplayServer> {
  if (!(speed > 0)) throw new Error(`the speed must be positive, got ${speed}`);
  const dialect = DIALECTS[recording.head.exchange];
  const sessions = new Map<WebSocket, FeedSession>();
  const stopping = new AbortController();
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  let played = 0;
  let holding: Promise<void> | undefined;

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
    for await (const frame of recording.frames) {
      const { offsetMs, symbol, text } = frame;
      const waitMs = started + offsetMs / speed - Date.now();
      if (waitMs > 1) await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      while (holding) await holding;
      if (stopping.signal.aborted) return;
      const count = times?.(frame) ?? 1;
      let reached = 0;
      for (const [client, session] of sessions) {
        const follows = [...session.topics].some((topic) => topic.toUpperCase().includes(symbol.toUpperCase()));
        if (!follows || count === 0 || client.readyState !== WebSocket.OPEN || client.bufferedAmount >= 16_000_000) continue;
        for (let i = 0; i < count; i++) client.send(text);
        reached++;
      }
      onSent?.(frame, reached);
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
    connections: () => sessions.size,
    cut: async (places) => {
      const clients = [...sessions.keys()];
      let release: () => void = () => undefined;
      holding = new Promise((resolve) => {
        release = () => {
          holding = undefined;
          resolve();
        };
      });
      // A pong comes after everything that was sent before its ping.
      await Promise.all(clients.map((client) => new Promise((resolve) => {
        client.once('pong', resolve).once('close', resolve);
        client.ping();
      })));
      clients.forEach((client, i) => {
        if (places === undefined || places.includes(i)) {
          sessions.delete(client);
          client.terminate();
        }
      });
      release();
    },
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
