import { z } from 'zod';
import { bookChannel, depthChannel, ordersChannel, tickerChannel, tradesChannel } from '../../domain';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** Most channels of one connection. */
export const MAX_CHANNELS = 50;

const channels = z.array(z.string().max(64)).min(1).max(MAX_CHANNELS);

/** Sequence of the last message that a client has of a channel; of `orders` in a system with several partitions one for each. */
const after = z.record(z.string().max(64), z.union([z.int().min(0), z.record(z.string().regex(/^\d{1,5}$/), z.int().min(0))])).optional();
export type After = number | Readonly<Record<string, number>>;

/** The client's own name of a replay; its bars come on the channel `replay.{id}`. */
const replayId = z.string().regex(/^[\w-]{1,32}$/);

/** What a client may send. */
export const clientMessage = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('auth'), token: z.string() }),
  z.strictObject({ op: z.literal('subscribe'), channels, after }),
  z.strictObject({ op: z.literal('unsubscribe'), channels }),
  z.strictObject({ op: z.literal('ping') }),
  // What else it says is checked, and refused in words, when the replay is started.
  z.looseObject({ op: z.literal('replay'), id: replayId }),
  z.strictObject({ op: z.literal('replay_control'), id: replayId, action: z.enum(['pause', 'resume', 'stop']) }),
  z.strictObject({
    op: z.literal('request'),
    /** Comes back with the answer. */
    id: z.string().min(1).max(64),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
    /** Path with its query. */
    path: z.string().startsWith('/').max(10_000),
    body: z.unknown().optional(),
    headers: z.strictObject({ 'prefer': z.string().max(200).optional(), 'idempotency-key': z.string().max(200).optional() }).optional(),
  }),
]);
export type ClientMessage = z.output<typeof clientMessage>;
export type RequestMessage = Extract<ClientMessage, { op: 'request' }>;
export type ReplayMessage = Extract<ClientMessage, { op: 'replay' | 'replay_control' }>;

/** Why the server closes a connection. */
export const CLOSE = {
  goingAway: 1001,
  policy: 1008,
  slow: 1013,
  unauthorized: 4401,
  forbidden: 4403,
  authTimeout: 4408,
  expired: 4410,
  tooMany: 4429,
} as const;

/** How a topic treats a late or slow reader: only its last message matters, the last ones do, or none may be left out. */
export type TopicKind = 'latest' | 'trades' | 'complete';

/** What a connection can subscribe to. */
export interface TopicRef {
  /** Name in messages to the client. */
  readonly name: string;
  /** Channel in the cache. */
  readonly channel: string;
  readonly kind: TopicKind;
}

const PUBLIC: Readonly<Record<string, { readonly channelOf: (symbol: string) => string; readonly kind: TopicKind }>> = {
  ticker: { channelOf: tickerChannel, kind: 'latest' },
  book: { channelOf: bookChannel, kind: 'latest' },
  trades: { channelOf: tradesChannel, kind: 'trades' },
  // Differences are worth nothing when one is missing.
  depth: { channelOf: depthChannel, kind: 'complete' },
};

/** The topic that a name stands for, for this account; undefined when it may not have it or there is none. */
export function topicOf(name: string, accountId: string, catalog: InstrumentCatalog): TopicRef | undefined {
  if (name === 'orders') return { name, channel: ordersChannel(accountId), kind: 'complete' };
  const [, type, symbol] = /^([a-z]+)\.([A-Z0-9]{2,16})$/.exec(name) ?? [];
  if (!type || !Object.hasOwn(PUBLIC, type) || !catalog.get(symbol)) return undefined;
  return { name, channel: PUBLIC[type].channelOf(symbol), kind: PUBLIC[type].kind };
}

/** A message of a topic, from its data as JSON text. Made once, however many read it. */
export function frameOf(name: string, json: string): Buffer {
  return Buffer.from(`{"channel":${JSON.stringify(name)},"data":${json}}`);
}

export function errorFrame(code: string, message: string, details: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({ error: { code, message, ...details } });
}
