import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalGate } from './journal-gate';
import { childEnvironment, projectNode } from '../../../local/servers/environment';
import { ensureTls, type TlsFiles } from '../../../local/servers/tls';
import { connectCache } from '../../../services/adapters/cache/redis';
import { KinesisJournalReader } from '../../../services/adapters/journal/kinesis-reader';
import { KinesisJournalWriter } from '../../../services/adapters/journal/kinesis-writer';
import { type Command, type Event, type InstrumentSpec, PartitionMap } from '../../../services/domain';
import { type Api, createApi } from '../../../services/reference-api/api';
import { TokenVerifier } from '../../../services/reference-api/auth/token-verifier';
import { PostgresLedgerReader } from '../../../services/reference-api/ledger/postgres-ledger-reader';
import { type Answer, call } from '../../../services/reference-api/testing/harness';
import { CLIENT_ID, TestPool } from '../../../services/reference-api/testing/tokens';
import { createCore } from '../../../services/reference-matcher/core';
import { type Instance, Instances, logger } from '../../../services/reference-matcher/testing/instances';
import { type Names, startTestPlatform, type TestPlatform } from '../../../services/reference-matcher/testing/platform';
import { setUp } from '../../../services/setup/setup';
import { startTestLedger, type TestLedger } from '../../../services/setup/testing/ledger';

const spec = (base: string): InstrumentSpec => ({
  symbol: `${base}USDT`, base: { code: base, decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
});

/** Two partitions of a venue on two ledgers: everything real but AWS, which is emulated. */
export class TwoPartitions {
  readonly map = PartitionMap.of({ defaultPartition: 0, instruments: { BTCUSDT: 0, ETHUSDT: 1 } });
  readonly pool = new TestPool();
  readonly ledgers: TestLedger[] = [];
  /** The two matchers of each partition. */
  readonly matchers: Instance[][] = [];
  /** Between each partition's settlement and the journal. */
  readonly gates: JournalGate[] = [];
  platform!: TestPlatform;
  url = '';
  private tls!: TlsFiles;
  private api!: Api;
  private readonly names: Names[] = [];
  private readonly deadLetters: string[] = [];
  private readonly settlements: (ChildProcess | undefined)[] = [];
  private readonly dir = mkdtempSync(join(tmpdir(), 'two-partitions-'));
  private readonly cleanUp: (() => Promise<unknown> | unknown)[] = [];

  async start(): Promise<this> {
    this.tls = await ensureTls(join(this.dir, 'tls'));
    this.cleanUp.push(() => rmSync(this.dir, { recursive: true, force: true }));
    const { tls } = this;
    const [platform, ...ledgers] = await Promise.all([startTestPlatform(), startTestLedger({ tls }), startTestLedger({ tls })]);
    await this.pool.start();
    this.platform = platform;
    this.ledgers.push(...ledgers);
    this.cleanUp.push(() => platform.stop(), () => Promise.all(this.ledgers.map((ledger) => ledger.stop())), () => this.pool.stop());
    // Messages of a process that was killed come again soon.
    const create = async (): Promise<Names> => {
      const names = await platform.create({ shards: 2, visibilitySeconds: 3 });
      // The emulator's own host name is known to nobody here.
      return { ...names, queueUrl: `${platform.environment.AWS_ENDPOINT_URL_SQS}${new URL(names.queueUrl).pathname}` };
    };
    const journal = await create();
    for (const partition of this.map.partitions) {
      this.names.push({ ...journal, queueUrl: partition === 0 ? journal.queueUrl : (await create()).queueUrl });
      this.deadLetters.push((await create()).queueUrl);
      this.gates.push(await new JournalGate(platform.environment.AWS_ENDPOINT_URL_KINESIS).start());
    }
    this.cleanUp.push(() => Promise.all(this.gates.map((gate) => gate.stop())));
    const writer = this.writer();
    for (const partition of this.map.partitions) {
      await setUp({ admin: this.ledgers[partition].admin, journal: writer, instruments: [spec('BTC'), spec('ETH')], map: this.map, partitions: [partition], logger });
      const instances = new Instances(platform, this.names[partition]);
      this.cleanUp.push(() => instances.stop());
      this.matchers.push([await instances.start({ partition }), await instances.start({ partition })]);
      this.startSettlement(partition);
    }
    this.cleanUp.push(() => this.map.partitions.forEach((partition) => this.killSettlement(partition)));
    await this.startApi();
    return this;
  }

  async stop(): Promise<void> {
    for (const step of this.cleanUp.splice(0).reverse()) await step();
  }

  request(account: string, method: string, path: string, body?: unknown, groups: readonly string[] = []): Promise<Answer> {
    return call(this, method, path, { token: this.pool.token(account, groups), body });
  }

  startSettlement(partition: number): void {
    const child = spawn(projectNode(), ['--import', 'tsx', join(__dirname, 'settlement-child.ts')], {
      env: childEnvironment({
        ...this.platform.environment, AWS_ENDPOINT_URL_KINESIS: this.gates[partition].url, NODE_EXTRA_CA_CERTS: this.tls.bundleFile, ENVIRONMENT: 'test',
        LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'error', JOURNAL_STREAM: this.names[partition].stream, SETTLEMENT_QUEUE: this.names[partition].queueUrl,
        DEAD_LETTER_QUEUE: this.deadLetters[partition], LEDGER_URL: this.ledgers[partition].url('settlement'), RETRY_DELAY_SECONDS: '1',
      }),
      stdio: ['ignore', process.env.TEST_LOG_LEVEL ? 'inherit' : 'ignore', 'inherit'],
    });
    this.settlements[partition] = child;
  }

  killSettlement(partition: number): void {
    this.settlements[partition]?.kill('SIGKILL');
    this.settlements[partition] = undefined;
  }

  /** Everything in a partition's journal, in order. */
  async journal(partition: number): Promise<Command[]> {
    const reader = new KinesisJournalReader({ stream: this.names[0].stream, consumerArn: 'none', logger, pollIntervalMs: () => 5 });
    const abort = new AbortController();
    const commands: Command[] = [];
    try {
      for await (const records of reader.read(partition, undefined, abort.signal)) {
        if (records.length === 0) break;
        commands.push(...records.flatMap((record) => record.commands));
      }
    } finally {
      abort.abort();
      await reader.close();
    }
    return commands;
  }

  /** What a core makes of a partition's journal, alone. */
  async replay(partition: number): Promise<Event[]> {
    const core = createCore({ partition, idempotencyWindowMs: 3_600_000 });
    return (await this.journal(partition)).flatMap((command) => core.apply(command));
  }

  private writer(): KinesisJournalWriter {
    const writer = new KinesisJournalWriter({ stream: this.names[0].stream });
    this.cleanUp.push(() => writer.close());
    return writer;
  }

  private async startApi(): Promise<void> {
    const cacheOptions = { url: this.platform.redis.url, authToken: this.platform.redis.password, name: 'api', logger };
    const [cache, subscriber] = [connectCache(cacheOptions), connectCache({ ...cacheOptions, subscriber: true })];
    this.api = createApi({
      logger, cache, subscriber, partitions: this.map, journal: this.writer(), operatorsGroup: 'operators', root: join(__dirname, '../../../services/reference-api'),
      ledgers: new Map(this.ledgers.map((ledger, partition) => [partition, new PostgresLedgerReader(ledger.pool('api'), partition)])),
      signIn: () => Promise.reject(new Error('nobody signs in here')), instrumentRefreshMs: 500,
      verifier: new TokenVerifier({ issuer: this.pool.issuer, clientId: CLIENT_ID, logger, requiredScopes: ['aws.cognito.signin.user.admin'] }),
    });
    this.cleanUp.push(async () => {
      await this.api.stop();
      for (const connection of [cache, subscriber]) connection.disconnect();
    });
    this.api.start();
    await this.api.server.listen(0);
    this.url = `http://127.0.0.1:${(this.api.server.http.address() as AddressInfo).port}`;
  }
}
