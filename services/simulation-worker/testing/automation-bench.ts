import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { SPEC, TestVenue, tick } from './venue';
import { type RedisServer, startRedis } from '../../../local/servers/redis';
import { ensureTls } from '../../../local/servers/tls';
import type { Automation, AutomationAsk } from '../../adapters/jobs/automation';
import { Automations } from '../../adapters/jobs/automations';
import { readJob } from '../../adapters/jobs/job';
import { JobQueue, type JobQueueOptions } from '../../adapters/jobs/job-queue';
import { isWatchedOrder, newOrderId, PartitionMap, type Side, watchedOrderKey } from '../../domain';
import { BudgetOrders, orderUpdates } from '../../reference-matcher/projections/views';
import { createLogger } from '../../runtime';
import { automationHandler } from '../automations/handler';
import { Worker } from '../queue/worker';

export const ACCOUNT = '00000000-0000-4000-8000-00000000a001';
const MAKER = '00000000-0000-4000-8000-00000000b001';
const logger = createLogger({ service: 'test', environment: 'test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });
const VISIBILITY_MS = 400;

/** A Redis of its own, for all tests of a file. */
export class RedisForTests {
  readonly dir = mkdtempSync(join(tmpdir(), 'automations-'));
  redis!: Redis;
  private server!: RedisServer;

  async start(): Promise<void> {
    const tls = await ensureTls(join(this.dir, 'tls'));
    this.server = await startRedis({ dir: join(this.dir, 'redis'), tls, password: 'token' });
    this.redis = new Redis({ host: 'localhost', port: this.server.port, password: 'token', tls: { ca: readFileSync(tls.caFile) } });
  }

  async stop(): Promise<void> {
    this.redis?.disconnect();
    await this.server?.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A worker that can be killed: what it had under way reaches nobody any more. */
export interface TestWorker {
  stop(): Promise<void>;
  kill(): void;
}

let n = 0;

/** A venue with the real core, a queue in a real Redis, and workers. */
export class AutomationBench {
  readonly venue = new TestVenue(ACCOUNT);
  readonly automations: Automations;
  private readonly queueOptions: JobQueueOptions;
  private readonly workers: TestWorker[] = [];
  private readonly stopWatching: () => void;
  private minute = 1_000;

  constructor(private readonly redis: Redis) {
    const name = `bench-${++n}`;
    this.automations = new Automations({ redis, queue: name, perAccount: 3 });
    this.queueOptions = { redis, name, visibilityMs: VISIBILITY_MS, maxDeliveries: 5 };
    for (const accountId of [ACCOUNT, MAKER]) {
      for (const asset of ['BTC', 'USDT']) {
        this.venue.apply({ type: 'deposit', time: Date.now(), depositId: newOrderId(), accountId, asset, amount: 10 ** 12 });
      }
    }
    // What the matcher does for orders that ask for it.
    this.stopWatching = this.venue.orders((update) => {
      if (update === undefined || !isWatchedOrder(update.orderId)) return;
      void redis.hset(watchedOrderKey(update.orderId), update.seq, JSON.stringify(update));
    });
  }

  /** An order of somebody else. @returns its id */
  offer(side: Side, priceTicks: number, quantityLots: number): string {
    const orderId = newOrderId();
    this.venue.apply({
      type: 'place_order', time: Date.now(), orderId, accountId: MAKER, clientOrderId: orderId, digest: '0'.repeat(32), symbol: SPEC.symbol, side, orderType: 'limit',
      timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks, triggerTicks: 0, quantityLots, quoteBudget: 0,
    });
    return orderId;
  }

  say(price: number): void {
    this.venue.say(tick('1', '2', String(price)));
  }

  /** The close of a minute, and the first price of the next one, which ends it. */
  close(price: number): void {
    this.venue.say({ ...tick('1', '2', String(price)), exchangeTime: this.minute++ * 60_000 });
  }

  async begin(ask: AutomationAsk): Promise<string> {
    const { outcome, id } = await this.automations.create(ACCOUNT, ask);
    if (outcome !== 'made') throw new Error(outcome);
    return id;
  }

  async get(id: string): Promise<Automation> {
    return (await this.automations.get(id))!;
  }

  worker(): TestWorker {
    const { venue, redis } = this;
    let isDead = false;
    const alive = <T>(value: () => Promise<T>): Promise<T> => (isDead ? new Promise(() => undefined) : value());
    const handler = automationHandler({
      automations: this.automations, memory: redis, partitions: PartitionMap.SINGLE, view: venue, logger,
      limits: { ordersPerSecond: 10, openOrders: 10, callMs: 1_000 },
      journal: { append: (partition, frame) => alive(() => venue.append(partition, frame)), close: () => Promise.resolve() },
      connect: () => ({ disconnect: () => undefined }) as unknown as Redis,
      viewOf: () => venue,
    });
    const queue = new JobQueue(this.queueOptions);
    const worker = new Worker({
      queue, name: `worker-${++n}`, concurrency: 10, visibilityMs: VISIBILITY_MS, pollMs: 20, logger,
      handler: async (body, context, job) => {
        const read = readJob(body);
        if (read.type !== 'automation') throw new Error(read.type);
        await alive(() => handler(read.id, context, job)).then(() => alive(() => Promise.resolve()));
      },
    });
    worker.start();
    const one: TestWorker = {
      stop: () => (isDead ? Promise.resolve() : worker.stop()),
      // It says nothing any more, and gives nothing back: its jobs come back when their time is up.
      kill: () => {
        isDead = true;
        jest.spyOn(queue, 'extend').mockReturnValue(new Promise(() => undefined));
        jest.spyOn(queue, 'take').mockResolvedValue(undefined);
        void worker.stop();
      },
    };
    this.workers.push(one);
    return one;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
    this.stopWatching();
  }

  book(): ReturnType<TestVenue['book']> {
    return this.venue.book();
  }

  /** What a matcher that takes over does: it shows all events again. */
  async tellAgain(): Promise<void> {
    const instrumentOf = (symbol: string) => this.venue.core.instruments().find((one) => one.symbol === symbol);
    const budgets = new BudgetOrders();
    const updates = this.venue.events.flatMap((event) => orderUpdates(event, instrumentOf, budgets));
    for (const [, update] of updates) {
      if (isWatchedOrder(update.orderId)) await this.redis.hset(watchedOrderKey(update.orderId), update.seq, JSON.stringify(update));
    }
  }

  /** Fills of the account, as [side, ticks, lots]. */
  fills(): readonly (readonly [Side, number, number])[] {
    return this.venue.events.flatMap((event) => (event.type !== 'trade' ? []
      : [[event.takerAccountId === ACCOUNT ? event.takerSide : event.takerSide === 'buy' ? 'sell' as const : 'buy' as const, event.priceTicks, event.quantityLots] as const]));
  }

  /** Orders that the core took of the account. */
  accepted(): readonly Extract<TestVenue['events'][number], { type: 'order_accepted' }>[] {
    return this.venue.events.filter((event) => event.type === 'order_accepted' && event.accountId === ACCOUNT) as never;
  }
}
