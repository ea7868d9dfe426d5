import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDbLease } from './dynamodb-lease';
import { PostgresLease } from './postgres-lease';
import { LAPSE_MS, leaseContract } from './testing/lease-contract';
import { startDynalite } from '../../../local/servers/dynalite';
import { awsClientSettings } from '../../runtime';
import { startTestLedger, type TestLedger } from '../../setup/testing/ledger';
import { createLedgerPool } from '../postgres/pool';

describe('in DynamoDB', () => {
  let dir: string;
  let dynalite: Awaited<ReturnType<typeof startDynalite>>;
  let store: DynamoDbLease;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'lease-'));
    dynalite = await startDynalite({ dataDir: dir });
    Object.assign(process.env, { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x', AWS_ENDPOINT_URL_DYNAMODB: dynalite.url });
    const client = new DynamoDBClient(awsClientSettings());
    await client.send(new CreateTableCommand({
      TableName: 'lease', BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'partition', KeyType: 'HASH' }], AttributeDefinitions: [{ AttributeName: 'partition', AttributeType: 'S' }],
    }));
    client.destroy();
    store = new DynamoDbLease({ table: 'lease', requestTimeoutMs: 2_000 });
    for (;;) {
      if (await store.read(0).then(() => true, () => false)) break;
      await sleep(30);
    }
  });

  afterAll(async () => {
    await store?.close();
    await dynalite?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  leaseContract(() => ({ store, hasty: store }));
});

describe('in PostgreSQL', () => {
  let ledger: TestLedger;
  let store: PostgresLease;
  let hasty: PostgresLease;

  beforeAll(async () => {
    ledger = await startTestLedger();
    const lease = (lapseMs: number): PostgresLease => new PostgresLease({
      pool: createLedgerPool({ url: ledger.url('matcher'), region: 'us-east-1', logger: ledger.logger }), lapseMs, requestTimeoutMs: 2_000,
    });
    [store, hasty] = [lease(LAPSE_MS), lease(0)];
  });

  afterAll(async () => {
    await Promise.all([store?.close(), hasty?.close()]);
    await ledger?.stop();
  });

  leaseContract(() => ({ store, hasty }));

  test('nobody is let in before the database\'s clock says that the lease has lapsed', async () => {
    await store.acquire(900, 'a', undefined);
    const observed = await store.read(900);
    expect(await store.acquire(900, 'hasty', observed)).toBeUndefined();
    await sleep(LAPSE_MS + 20);
    expect(await store.acquire(900, 'b', observed)).toMatchObject({ owner: 'b', epoch: 2 });
    // A renewal starts the time anew.
    await store.renew(900, 'b', 2, 1);
    expect(await store.acquire(900, 'hasty', await store.read(900))).toBeUndefined();
  });

  test('a database that does not answer is given up in time', async () => {
    const client = await ledger.pool('matcher', 1).connect();
    await client.query('BEGIN');
    await store.acquire(901, 'a', undefined);
    await client.query('SELECT FROM journal.leases WHERE partition = 901 FOR UPDATE');
    const pool = createLedgerPool({ url: ledger.url('matcher'), region: 'us-east-1', logger: ledger.logger });
    const hurried = new PostgresLease({ pool, lapseMs: LAPSE_MS, requestTimeoutMs: 150 });
    const began = performance.now();
    await expect(hurried.renew(901, 'a', 1, 1)).rejects.toThrow(/timeout|did not answer in 150 ms/);
    expect(performance.now() - began).toBeLessThan(1_000);
    await client.query('ROLLBACK');
    client.release();
    await hurried.close();
  });
});
