import { z } from 'zod';
import type { Preferences } from './preferences';
import type { Reply } from './reply';
import { actionOf, type RouteAction } from '../access/action-of';
import type { Rights } from '../access/rights';
import type { Caller } from '../auth/token-verifier';
import type { Turn } from '../orders/turns';

/** What a caller must be allowed to: nothing, to read what is theirs, to trade, or to operate the venue. */
export type Scope = 'public' | 'read' | 'trade' | 'operate';

/** Which allowance a request is taken from; `none` is for probes alone. */
export const RATE_CLASSES = ['none', 'public', 'sign_in', 'read', 'order', 'cancel', 'operate'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** What a request brought, checked by the route's own schemas. */
export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly preferences: Preferences;
}

/** Who asks, and their place among the requests of their connection. */
export interface Asker {
  readonly accountId: string;
  /** What they may do by the rules of operators. What a body says of an instrument in `symbol` has been compared with them. */
  readonly rights: Rights;
  readonly turn: Turn;
  /** Undefined on routes that ask nobody who they are. */
  readonly caller?: Caller;
  /** A header of an HTTP request; absent for those that came over a WebSocket. Only routes of sessions look at any. */
  readonly header?: (name: string) => string | undefined;
}

/** What a route answers with a status, for the document. */
export interface Answer {
  readonly description: string;
  readonly schema?: z.ZodType;
}

interface Spoken {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As in OpenAPI: `/v1/orders/{id}`. */
  readonly path: string;
  /** One line, for whoever looks for it. */
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'orders' | 'account' | 'market' | 'session' | 'system' | 'operators';
  readonly scope: Scope;
  readonly rate: RateClass;
  /** Name under which each request is written into the audit trail; what operators do and sign-ins are there without it. */
  readonly audited?: string;
  /** Headers that it listens to beside those that all do. */
  readonly accepts?: readonly ('wait' | 'idempotency-key')[];
  /** What a system must have for it: without it the answer is 404 `feature_not_here` with this name. */
  readonly feature?: string;
  /** Whether the state of things can stand in its way, which is 409. */
  readonly conflicts?: boolean;
  /** What it answers when all is well; the problems are the same everywhere. */
  readonly answers: Readonly<Record<number, Answer>>;
}

type Schema = z.ZodType | undefined;
type Out<S extends Schema> = S extends z.ZodType ? z.output<S> : Readonly<Record<string, never>>;

/** A route as it is written down: what it takes is what its schemas say. */
export interface RouteDefinition<P extends Schema, Q extends Schema, B extends Schema> extends Spoken {
  readonly params?: P;
  readonly query?: Q;
  /** Absent: it has no body. */
  readonly body?: B;
  /** How much of the allowance a request takes; default 1. */
  readonly cost?: (body: Out<B>) => number;
  handle(input: RouteInput<Out<P>, Out<Q>, Out<B>>, asker: Asker): Promise<Reply> | Reply;
}

/** Every route says what it takes, who may use it and at which rate; there is no default for any of it. */
export interface Route extends Spoken {
  readonly params: z.ZodType;
  readonly query: z.ZodType;
  readonly body: z.ZodType | undefined;
  /** What it is to the rules of operators. */
  readonly action: RouteAction;
  cost(body: unknown): number;
  handle(input: RouteInput<unknown, unknown, unknown>, asker: Asker): Promise<Reply> | Reply;
}

/** What may be sent where nothing is expected. */
const NOTHING = z.strictObject({});

/** Makes a route of its definition. What it does not ask for, it refuses. */
export function route<P extends Schema = undefined, Q extends Schema = undefined, B extends Schema = undefined>(
  { params, query, body, cost, handle, ...spoken }: RouteDefinition<P, Q, B>,
): Route {
  return {
    ...spoken,
    params: params ?? NOTHING,
    query: query ?? NOTHING,
    body,
    action: actionOf(spoken),
    // The pipeline passes on what these very schemas gave out.
    cost: (checked) => cost?.(checked as Out<B>) ?? 1,
    handle: (input, asker) => handle(input as RouteInput<Out<P>, Out<Q>, Out<B>>, asker),
  };
}
