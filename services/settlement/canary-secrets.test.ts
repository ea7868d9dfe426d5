/** What is in a message that cannot be settled, or in the ledger's own words about it, is not in the log. */
import { Writable } from 'node:stream';
import { Queues } from './queues';
import { Settlement } from './settlement';
import { createLogger } from '../runtime';
import { record, startTestQueues, type TestQueues } from './testing/queue';
import { newPartition } from './testing/tables';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

const CANARY = 'canary-7f3a-55d0';
let ledger: TestLedger;
let queues: TestQueues;
beforeAll(async () => { [ledger, queues] = await Promise.all([startTestLedger(), startTestQueues()]); });
afterAll(async () => { await Promise.all([ledger?.stop(), queues?.stop()]); });

test('rubbish of every kind, and a ledger that fails with it in its hands', async () => {
  let written = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const logger = createLogger({ service: 'settlement', environment: 'test', level: 'trace' }, sink);
  const rest = { queues: new Queues(queues.client, queues.settlementUrl, queues.deadLetterUrl, logger), logger, functionName: 'x', maxAttempts: 1, retryDelaySeconds: 1 };
  const settlement = new Settlement({ ...rest, pool: ledger.pool('settlement', 2) });
  const { partition } = newPartition();
  const rubbish = [CANARY, Buffer.from(CANARY).toString('base64'), JSON.stringify({ password: CANARY }), Buffer.from(JSON.stringify({ token: CANARY })).toString('base64'), ''];
  for (const body of rubbish) {
    for (const MessageGroupId of [String(partition), 'no partition']) {
      await settlement.settleBatch([record(body, { MessageGroupId, ApproximateReceiveCount: '9' })]);
    }
  }
  expect(written.split('\n').length).toBeGreaterThan(rubbish.length);

  const row = Object.assign(new Error('duplicate key'), { code: '23505', detail: `Key (secret)=(${CANARY}) already exists.`, parameters: [CANARY] });
  const pool = { connect: () => Promise.reject(row), query: () => Promise.reject(row) };
  const broken = new Settlement({ ...rest, pool: pool as unknown as ReturnType<TestLedger['pool']> });
  await broken.settleBatch([record(rubbish[1], { MessageGroupId: String(partition), ApproximateReceiveCount: '1' })]);
  expect(written).toContain('duplicate key');
  expect(written.split('\n').filter((line) => line.includes(CANARY))).toEqual([]);
});
