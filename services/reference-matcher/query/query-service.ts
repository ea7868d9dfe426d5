import { type sendUnaryData, type ServerUnaryCall, type ServerWritableStream, status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { QueryBook, QueryOrder, QueryOrdersPart, QueryPosition, QueryStateHash, ServingStatus } from '../../adapters/query/messages';
import type { Level, OpenOrder, OpenOrders } from '../../domain';
import type { Health } from '../../runtime';

export interface SourceBook {
  readonly seq: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
  /** Whether the matcher has caught up with the journal. */
  readonly caughtUp: boolean;
}

/** What a matcher can say of its core, between two commands. */
export interface QuerySource {
  /** Undefined for an unknown symbol; throws nothing. */
  book(symbol: string, depth: number): SourceBook | undefined;
  orders(symbol: string): { readonly seq: number; readonly orders: OpenOrders } | undefined;
  position(): QueryPosition;
  /** Takes the state now, and its hash on another thread. */
  stateHash(): Promise<QueryStateHash>;
  /** False until the core is restored. */
  readonly ready: boolean;
}

const DEFAULT_DEPTH = 50;
const MAX_DEPTH = 1_000;
/** Orders per part: well below the 4 MiB that a message may have. */
const PART = 5_000;

const NOT_READY = { code: status.UNAVAILABLE, details: 'the core is not restored yet' };
const UNKNOWN_SYMBOL = { code: status.NOT_FOUND, details: 'there is no such instrument' };

/** The handlers of the service `Query`. They only read. */
export function queryHandlers(source: QuerySource): UntypedServiceImplementation {
  const unary = <Request, Answer>(answer: (request: Request) => Answer | undefined | Promise<Answer>) => (
    (call: ServerUnaryCall<Request, Answer>, done: sendUnaryData<Answer>): void => {
      if (!source.ready) return done(NOT_READY);
      void Promise.resolve(call.request).then(answer).then(
        (found) => (found === undefined ? done(UNKNOWN_SYMBOL) : done(null, found)),
        (error: unknown) => done({ code: status.INTERNAL, details: error instanceof Error ? error.message : 'failed' }),
      );
    });
  return {
    GetBook: unary(({ symbol, depth }: { symbol: string; depth: number }): QueryBook | undefined => {
      const book = source.book(symbol, Math.min(MAX_DEPTH, depth || DEFAULT_DEPTH));
      return book && { symbol, ...book };
    }),
    GetPosition: unary(() => source.position()),
    GetStateHash: unary(() => source.stateHash()),
    GetOrders: (call: ServerWritableStream<{ symbol: string }, QueryOrdersPart>): void => {
      const found = source.ready ? source.orders(call.request.symbol) : undefined;
      if (!found) return void call.emit('error', source.ready ? UNKNOWN_SYMBOL : NOT_READY);
      const { seq, orders: { bids, asks, falling, rising } } = found;
      const resting = [...bids, ...asks].map(orderOf);
      const waiting = [...falling, ...rising].map(orderOf);
      for (let from = 0; from === 0 || from < Math.max(resting.length, waiting.length); from += PART) {
        call.write({ seq, resting: resting.slice(from, from + PART), waiting: waiting.slice(from, from + PART) });
      }
      call.end();
    },
  };
}

function orderOf({ orderType, ...order }: OpenOrder): QueryOrder {
  return { ...order, type: orderType };
}

/** gRPC's standard health service, from the same report as `/health`: degraded still serves. */
export function healthHandlers(health: Health, services: readonly string[]): UntypedServiceImplementation {
  const statusOf = (service: string): ServingStatus => {
    if (service !== '' && !services.includes(service)) return 'SERVICE_UNKNOWN';
    return health.report().status === 'unhealthy' ? 'NOT_SERVING' : 'SERVING';
  };
  return {
    Check: ({ request: { service } }: ServerUnaryCall<{ service: string }, object>, done: sendUnaryData<object>): void => {
      const found = statusOf(service);
      if (found === 'SERVICE_UNKNOWN') done({ code: status.NOT_FOUND, details: `there is no service ${JSON.stringify(service)}` });
      else done(null, { status: found });
    },
    Watch: (call: ServerWritableStream<{ service: string }, object>): void => {
      let last: ServingStatus | undefined;
      const look = (): void => {
        const now = statusOf(call.request.service);
        if (now === last) return;
        last = now;
        call.write({ status: now });
      };
      look();
      const timer = setInterval(look, 1_000);
      call.on('cancelled', () => clearInterval(timer));
      call.on('close', () => clearInterval(timer));
    },
  };
}
