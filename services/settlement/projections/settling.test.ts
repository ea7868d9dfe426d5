import { createLogger } from '../../runtime';
import { Queues } from '../queues';
import { Settlement } from '../settlement';
import { startTestStores, type TestStores } from './testing/stores';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { startTestQueues, type TestQueues } from '../testing/queue';
import { FUNDING, newPartition, runOf } from '../testing/tables';
import { Venue } from '../testing/venue';

let ledger: TestLedger;
let queues: TestQueues;
let stores: TestStores;
let settlement: Settlement;

beforeAll(async () => {
  [ledger, queues, stores] = await Promise.all([startTestLedger(), startTestQueues(), startTestStores()]);
  const logger = createLogger({ service: 'test', environment: 'test', level: 'silent' });
  const pool = ledger.pool('settlement', 2);
  settlement = new Settlement({
    pool, projections: stores.projections(pool), queues: new Queues(queues.client, queues.settlementUrl, queues.deadLetterUrl, logger), logger,
    functionName: 'test', maxAttempts: 3, retryDelaySeconds: 1,
  });
});
afterAll(async () => {
  await Promise.all([ledger?.stop(), queues?.stop(), stores?.stop()]);
});

const lastSeq = async (partition: number) => (await ledger.query<{ last_seq: string }>('SELECT last_seq FROM ledger.partitions WHERE partition = $1', [partition]))[0]?.last_seq;

test('a message stays until the ledger, the read models and the trade stream all have it', async () => {
  const { partition, salt } = newPartition();
  const { events } = new Venue(partition, salt).run([
    { do: 'configure' }, ...FUNDING,
    { do: 'place', account: 0, side: 'sell', market: false, ioc: false, price: 3, lots: 5 },
    { do: 'place', account: 1, side: 'buy', market: false, ioc: false, price: 4, lots: 3 },
  ]);
  await queues.send(runOf(events));
  const outcomes: number[] = [];
  const handle: Parameters<TestQueues['deliver']>[0] = async (records) => {
    const response = await settlement.settleBatch(records);
    outcomes.push(response.batchItemFailures.length);
    return response;
  };
  // First no table can be reached; then all of them (8 wallets, 2 orders, one that rests and one that does not, 2 fills) and not the stream.
  for (const reach of [0, 8 + 2 + (3 + 1) + 2]) {
    stores.fail(reach);
    while (await queues.deliver(handle) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await lastSeq(partition)).toBe(String(events.length));
  }
  expect(await stores.trades()).toEqual([]);
  stores.fail(undefined);
  while (await queues.deliver(handle) === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(outcomes).toEqual([1, 1, 0]);
  expect(await stores.trades()).toHaveLength(1);
  expect(await queues.deadLetters()).toEqual([]);
  expect(await ledger.query('SELECT halted_seq, refused_count FROM ledger.partitions WHERE partition = $1', [partition])).toEqual([{ halted_seq: null, refused_count: 0 }]);
});
