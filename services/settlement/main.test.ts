import { recordOfRun } from './testing/queue';
import { FUNDING, newPartition, runOf } from './testing/tables';
import { Venue } from './testing/venue';
import { startTestLedger, type TestLedger } from '../setup/testing/ledger';

let ledger: TestLedger;
let handler: (event: unknown) => Promise<unknown>;

beforeAll(async () => {
  ledger = await startTestLedger();
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1', LOG_LEVEL: 'error', SETTLEMENT_QUEUE: 'http://127.0.0.1:9/q.fifo', DEAD_LETTER_QUEUE: 'http://127.0.0.1:9/d.fifo',
    LEDGER_URL: ledger.url('settlement'),
  });
  ({ handler } = await import('./main') as { handler: (event: unknown) => Promise<unknown> });
});
afterAll(() => ledger?.stop());

test('the function settles a batch of its queue and takes the release command', async () => {
  const { partition, salt } = newPartition();
  const run = runOf(new Venue(partition, salt).run(FUNDING).events);
  await expect(handler({ Records: [recordOfRun(run)] })).resolves.toEqual({ batchItemFailures: [] });
  await expect(handler({ release: { partition } })).resolves.toEqual({ partition, released: false });
  await ledger.query("UPDATE ledger.partitions SET halted_seq = 9, halted_reason = 'test', halted_at = now() WHERE partition = $1", [partition]);
  await expect(handler({ release: { partition } })).resolves.toEqual({ partition, released: true, haltedSeq: 9, reason: 'test' });
});

test.each([[undefined], [{}], [{ release: {} }], [{ release: { partition: -1 } }], [{ release: { partition: '0' } }], [{ Records: 1 }]])(
  'anything else is an error: %j', async (event) => {
    await expect(handler(event)).rejects.toThrow('neither a batch of SQS messages nor {"release":{"partition":<number>}}');
  });
