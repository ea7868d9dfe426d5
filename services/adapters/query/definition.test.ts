import { join } from 'node:path';
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader';
import { GRPC_OPTIONS, QUERY_NAME, queryDefinition } from './definition';

type Shape = { readonly type: Partial<MessageTypeDefinition<object, object>['type']> };

test('the definition in the bundle is that of the file', () => {
  const file = loadSync(join(__dirname, 'query.proto'), { ...GRPC_OPTIONS })[QUERY_NAME] as typeof queryDefinition;
  expect(Object.keys(queryDefinition)).toEqual(Object.keys(file));
  for (const [name, method] of Object.entries(file)) {
    const mine = queryDefinition[name];
    expect([mine.path, mine.requestStream, mine.responseStream]).toEqual([method.path, method.requestStream, method.responseStream]);
    for (const side of ['requestType', 'responseType'] as const) {
      expect((mine as unknown as Record<string, Shape>)[side].type).toEqual((method as unknown as Record<string, Shape>)[side].type);
    }
  }
  // Messages inside messages are compared by what they make of bytes.
  const levels = { symbol: 'X', seq: Number.MAX_SAFE_INTEGER, bids: [{ priceTicks: 5, quantityLots: 7 }], asks: [], caughtUp: true };
  expect(file.GetBook.responseDeserialize(queryDefinition.GetBook.responseSerialize(levels))).toEqual(levels);
  const order = { orderId: 'o', accountId: 'a', clientOrderId: 'c', side: 'buy', type: 'limit', priceTicks: 1, triggerTicks: 2, quantityLots: 3, remainingLots: 4 };
  const part = { seq: 1, resting: [order], waiting: [order] };
  expect(file.GetOrders.responseDeserialize(queryDefinition.GetOrders.responseSerialize(part))).toEqual(part);
});
