import { readJournal, replay } from './support/replay';
import { SteadyLoad } from './support/steady-load';
import { TestSystem, until } from './support/system';
import type { Event } from '../../services/domain';

const FULL = process.env.FULL === '1';
const RATE = 200;
/** Each round kills the leading matcher, the settlement process and an API task. */
const ROUNDS = FULL ? 17 : 1;
/** Least and most milliseconds from a process that has its successor to the next kill: anywhere in what the system does. */
const [PAUSE_MS, JITTER_MS] = FULL ? [2_500, 1_500] : [5_000, 1_000];

const system = new TestSystem();
let load: SteadyLoad;
const killed: string[] = [];
let epochBefore: number;

interface PartitionRow { last_seq: string; epoch: string; halted_reason: string | null }
const partitions = (): Promise<PartitionRow[]> => system.audit.rows<PartitionRow>('SELECT last_seq, epoch, halted_reason FROM ledger.partitions');

/** Kills one after the other, each when the last one has its successor, and notes what it was. */
async function killInTurn(): Promise<void> {
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE_MS + Math.random() * JITTER_MS));
  const kill = async (name: string): Promise<void> => {
    await system.crash(name);
    killed.push(name);
  };
  for (let round = 0; round < ROUNDS; round++) {
    await pause();
    await kill(await system.leader());
    await pause();
    await kill('settlement');
    await pause();
    await kill(system.processes('reference-api')[0].name);
  }
}

beforeAll(async () => {
  await system.start();
  epochBefore = Number((await partitions())[0].epoch);
  load = new SteadyLoad(system, RATE, 'crash').start();
  await killInTurn();
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  await load.stop();
  await system.audit.untilEnded(load.acknowledged.map(({ orderId }) => orderId), 120_000);
}, FULL ? 1_200_000 : 400_000);

afterAll(async () => {
  load?.client.close();
  await system.stop();
}, 60_000);

test('the processes were killed under load, and the client had to ask again', () => {
  expect(killed).toHaveLength(ROUNDS * 3);
  expect(killed).toEqual(expect.arrayContaining([expect.stringMatching(/^reference-matcher/), 'settlement', expect.stringMatching(/^reference-api/)]));
  expect(load.client.retries).toBeGreaterThan(0);
});

test('every order was acknowledged in the end, each with an id of its own', () => {
  expect(load.failures).toEqual([]);
  expect(load.acknowledged).toHaveLength(load.sent);
  expect(new Set(load.acknowledged.map(({ orderId }) => orderId)).size).toBe(load.sent);
});

test('every acknowledged order is settled exactly once, and the books balance', async () => {
  const books = await system.audit.reconcile(load.acknowledged.map(({ orderId }) => orderId), system.traders.map(({ accountId }) => accountId));
  expect(books).toEqual({ settled: load.sent, lost: 0, duplicated: 0, rejected: 0, violations: [] });
  const statuses = await system.audit.rows('SELECT status, count(*)::int AS count FROM ledger.orders GROUP BY status');
  expect(statuses).toEqual([{ status: 'filled', count: load.sent }]);
});

test('another leader took over, and no partition is halted', async () => {
  const [partition] = await partitions();
  expect(Number(partition.epoch)).toBeGreaterThanOrEqual(epochBefore + ROUNDS);
  expect(partition.halted_reason).toBeNull();
});

test('the ledger says event for event what one core makes of the journal', async () => {
  const events = replay(await readJournal(system.platform));
  // Gapless: settlement takes no event that does not follow the last one, so the count is the proof.
  await until('the ledger has every event', async () => (Number((await partitions())[0].last_seq) === events.length ? true : undefined));
  const only = <T extends Event['type']>(type: T): Extract<Event, { type: T }>[] => events.filter((event): event is Extract<Event, { type: T }> => event.type === type);

  const accepted = await system.audit.rows<{ seq: string; id: string }>('SELECT created_seq AS seq, order_id AS id FROM ledger.orders ORDER BY created_seq');
  expect(accepted).toEqual(only('order_accepted').map(({ seq, orderId }) => ({ seq: String(seq), id: orderId })));
  const fills = await system.audit.rows<{ seq: string; maker: string; taker: string }>(`
    SELECT seq, max(order_id::text) FILTER (WHERE liquidity = 'maker') AS maker, max(order_id::text) FILTER (WHERE liquidity = 'taker') AS taker
    FROM ledger.fills GROUP BY seq ORDER BY seq`);
  expect(fills).toEqual(only('trade').map(({ seq, makerOrderId, takerOrderId }) => ({ seq: String(seq), maker: makerOrderId, taker: takerOrderId })));
  const deposits = await system.audit.rows<{ seq: string }>('SELECT seq FROM ledger.deposits ORDER BY seq');
  expect(deposits).toEqual(only('deposited').map(({ seq }) => ({ seq: String(seq) })));
});

test('a client that asks once more gets the first answer', async () => {
  const step = Math.floor(load.sent / 50);
  for (const { clientOrderId, orderId } of load.acknowledged.filter((_, i) => i % step === 0)) {
    expect(await load.again(Number(clientOrderId.slice('crash-'.length)))).toMatchObject({ orderId });
  }
});
