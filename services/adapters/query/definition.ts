/**
 * The services of `query.proto` and gRPC's own health service, as data: a bundle has no files to load a `.proto` from. A test compares
 * this with the file, which is what other languages generate their clients from.
 */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { fromJSON, type Options } from '@grpc/proto-loader';

type Field = readonly [id: number, type: string, rule?: 'repeated'];

const message = (fields: Readonly<Record<string, Field>>) => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, ...(rule ? { rule } : {}) }])),
});

const query = {
  Query: {
    methods: {
      GetBook: { requestType: 'BookRequest', responseType: 'Book' },
      GetOrders: { requestType: 'OrdersRequest', responseType: 'OrdersPart', responseStream: true },
      GetPosition: { requestType: 'PositionRequest', responseType: 'Position' },
      GetStateHash: { requestType: 'StateHashRequest', responseType: 'StateHash' },
    },
  },
  BookRequest: message({ symbol: [1, 'string'], depth: [2, 'uint32'] }),
  Level: message({ priceTicks: [1, 'uint64'], quantityLots: [2, 'uint64'] }),
  Book: message({
    symbol: [1, 'string'], seq: [2, 'uint64'], bids: [3, 'Level', 'repeated'], asks: [4, 'Level', 'repeated'], caughtUp: [5, 'bool'],
  }),
  OrdersRequest: message({ symbol: [1, 'string'] }),
  Order: message({
    orderId: [1, 'string'], accountId: [2, 'string'], clientOrderId: [3, 'string'], side: [4, 'string'], type: [5, 'string'],
    priceTicks: [6, 'uint64'], triggerTicks: [7, 'uint64'], quantityLots: [8, 'uint64'], remainingLots: [9, 'uint64'],
  }),
  OrdersPart: message({ seq: [1, 'uint64'], resting: [2, 'Order', 'repeated'], waiting: [3, 'Order', 'repeated'] }),
  PositionRequest: message({}),
  Position: message({
    partition: [1, 'uint32'], seq: [2, 'uint64'], journalPosition: [3, 'string'], leads: [4, 'bool'], epoch: [5, 'uint64'],
    publishedSeq: [6, 'uint64'], caughtUp: [7, 'bool'], version: [8, 'uint32'], newestVersion: [9, 'uint32'],
  }),
  StateHashRequest: message({}),
  StateHash: message({ seq: [1, 'uint64'], journalPosition: [2, 'string'], sha256: [3, 'string'] }),
};

// https://github.com/grpc/grpc/blob/master/doc/health-checking.md
const health = {
  Health: {
    methods: {
      Check: { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse' },
      Watch: { requestType: 'HealthCheckRequest', responseType: 'HealthCheckResponse', responseStream: true },
    },
  },
  HealthCheckRequest: message({ service: [1, 'string'] }),
  HealthCheckResponse: {
    ...message({ status: [1, 'ServingStatus'] }),
    nested: { ServingStatus: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } } },
  },
};

/** Counts are numbers: all of them are inside 53 bits. */
export const GRPC_OPTIONS: Options = { longs: Number, enums: String, defaults: true };

const root = {
  nested: {
    trading: { nested: { matcher: { nested: { v1: { nested: query } } } } },
    grpc: { nested: { health: { nested: { v1: { nested: health } } } } },
  },
};
const definitions = fromJSON(root as Parameters<typeof fromJSON>[0], GRPC_OPTIONS);

export const QUERY_NAME = 'trading.matcher.v1.Query';
export const queryDefinition = definitions[QUERY_NAME] as ServiceDefinition<UntypedServiceImplementation>;
export const healthDefinition = definitions['grpc.health.v1.Health'] as ServiceDefinition<UntypedServiceImplementation>;
