import { newOrderId } from '../../domain';
import { ACCOUNT, AutomationBench, RedisForTests } from '../testing/automation-bench';

const server = new RedisForTests();
let bench: AutomationBench;

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => { bench = new AutomationBench(server.redis); });
afterEach(() => bench.stop());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(holds: () => boolean | Promise<boolean>, limitMs = 8_000): Promise<void> {
  for (const end = Date.now() + limitMs; !await holds(); await pause(10)) if (Date.now() > end) throw new Error(`did not happen: ${holds.toString()}`);
}
const ends = (id: string, status = 'done') => until(async () => (await bench.get(id)).status === status);
const markOf = async (id: string) => ((await bench.get(id)).state as { mark?: number } | undefined)?.mark;
/** Says a price until the worker has written it down. */
async function reach(id: string, price: number): Promise<void> {
  await until(async () => {
    bench.say(price);
    return await markOf(id) === price * 10;
  });
}

describe('a trailing stop', () => {
  const ask = { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantityLots: 20, distanceTicks: 1_000 } as const;

  test('follows the price up, and sells once it has turned back', async () => {
    bench.offer('buy', 890_000, 1_000);
    bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 90_000);
    await reach(id, 90_500);
    bench.say(90_400.1);
    await pause(400);
    expect(bench.accepted()).toEqual([]);
    bench.say(90_400);
    await ends(id);
    expect(bench.fills()).toEqual([['sell', 890_000, 20]]);
    const { orders } = await bench.get(id);
    expect(orders).toEqual([{ orderId: bench.accepted()[0].orderId, role: 'stop_loss' }]);
  });

  test('of a worker that is killed goes on with the best price that it saw, and fires once', async () => {
    bench.offer('buy', 890_000, 1_000);
    const first = bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 91_000);
    first.kill();
    bench.worker();
    // Below the mark of the worker before, and above anything that the next one saw.
    await until(async () => {
      bench.say(90_850);
      return (await bench.get(id)).status === 'done';
    });
    expect(bench.fills()).toEqual([['sell', 890_000, 20]]);
    expect(bench.accepted()).toHaveLength(1);
  });

  test('is not sent twice when the worker is killed between the journal and its next word', async () => {
    bench.offer('buy', 890_000, 1_000);
    const first = bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 91_000);
    // The journal takes it, the core fills it; nobody writes down what became of it until the next worker has sent it again.
    bench.venue.deaf = true;
    bench.say(90_000);
    await until(() => bench.accepted().length === 1);
    first.kill();
    bench.venue.deaf = false;
    bench.worker();
    await until(() => bench.venue.frames.length >= 2);
    // The core knew the order by its id.
    expect([bench.accepted().length, bench.fills()]).toEqual([1, [['sell', 890_000, 20]]]);
    expect((await bench.get(id)).status).toBe('working');
    await bench.tellAgain();
    await ends(id);
    expect(bench.accepted()).toHaveLength(1);
  });

  test('sends the same order again when the answer of the journal is lost', async () => {
    bench.offer('buy', 890_000, 1_000);
    bench.venue.failures.push('written', 'refused');
    bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 91_000);
    bench.say(90_000);
    await ends(id);
    expect(bench.fills()).toEqual([['sell', 890_000, 20]]);
    expect(bench.accepted()).toHaveLength(1);
  });

  test('that finds too little in the book sends the rest again', async () => {
    bench.offer('buy', 890_000, 5);
    bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 91_000);
    bench.say(90_000);
    await until(() => bench.fills().length === 1);
    bench.offer('buy', 889_000, 100);
    await ends(id);
    expect(bench.fills()).toEqual([['sell', 890_000, 5], ['sell', 889_000, 15]]);
  });

  test('begins at its activation price', async () => {
    bench.worker();
    const id = await bench.begin({ ...ask, activationTicks: 920_000 });
    for (const price of [91_000, 80_000, 91_999]) bench.say(price);
    await pause(400);
    expect([await markOf(id), bench.accepted()]).toEqual([undefined, []]);
    await reach(id, 92_000);
  });

  test('that is taken back sends nothing any more; another account has no say', async () => {
    bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 91_000);
    expect(await bench.automations.cancel('00000000-0000-4000-8000-0000000000ff', id)).toBe(false);
    expect(await bench.automations.cancel(ACCOUNT, id)).toBe(true);
    await ends(id, 'cancelled');
    bench.say(1);
    await pause(300);
    expect(bench.accepted()).toEqual([]);
  });
});

describe('a bracket', () => {
  const ask = {
    type: 'bracket', symbol: 'BTCUSDT', side: 'buy', quantityLots: 400, entryTicks: 900_000, takeProfitTicks: 910_000, stopLossTicks: 890_000,
  } as const;
  /** What is sold for the account: resting orders and those that wait, as they were accepted. */
  const exits = () => bench.accepted().filter(({ side }) => side === 'sell').map(({ orderType, priceTicks, triggerTicks, quantityLots }) => (
    [orderType, priceTicks || triggerTicks, quantityLots]));

  test('covers what its entry filled, part by part, and no more than the fee left', async () => {
    bench.worker();
    const id = await bench.begin(ask);
    await until(() => bench.accepted().length === 1);
    bench.offer('sell', 900_000, 40);
    await pause(600);
    expect(exits()).toEqual([]);
    bench.offer('sell', 900_000, 160);
    // 200 lots less the fee of the maker, 0.01 %: 199 whole ones.
    await until(() => exits().length === 2);
    expect(exits()).toEqual([['limit', 910_000, 199], ['stop_loss', 890_000, 199]]);
    bench.offer('sell', 900_000, 200);
    await until(() => exits().length === 4);
    expect(exits().slice(2)).toEqual([['limit', 910_000, 200], ['stop_loss', 890_000, 200]]);
    expect((await bench.get(id)).status).toBe('working');

    bench.offer('buy', 910_000, 1_000);
    await ends(id);
    expect(bench.fills().filter(([side]) => side === 'sell')).toEqual([['sell', 910_000, 199], ['sell', 910_000, 200]]);
    expect(bench.book().asks).toEqual([]);
  });

  test('of a worker that is killed covers what was filled while nobody looked, once', async () => {
    const first = bench.worker();
    const id = await bench.begin(ask);
    await until(() => bench.accepted().length === 1);
    first.kill();
    bench.offer('sell', 900_000, 400);
    bench.worker();
    await until(() => exits().length === 2);
    const second = bench.worker();
    second.kill();
    expect(exits()).toEqual([['limit', 910_000, 399], ['stop_loss', 890_000, 399]]);
    bench.offer('buy', 889_000, 1_000);
    bench.venue.apply({ type: 'set_mark_price', time: Date.now(), symbol: 'BTCUSDT', priceTicks: 889_500 });
    await ends(id);
    expect(bench.fills().filter(([side]) => side === 'sell')).toEqual([['sell', 889_000, 399]]);
    expect(bench.accepted()).toHaveLength(3);
  });

  test('whose stop has been passed when it is due gets out at the market', async () => {
    bench.worker();
    const id = await bench.begin(ask);
    await until(() => bench.accepted().length === 1);
    bench.venue.deaf = true;
    bench.offer('sell', 900_000, 400);
    bench.venue.apply({ type: 'set_mark_price', time: Date.now(), symbol: 'BTCUSDT', priceTicks: 880_000 });
    bench.offer('buy', 880_000, 1_000);
    bench.venue.deaf = false;
    // What the matcher tells again after a takeover.
    await bench.tellAgain();
    await ends(id);
    expect(bench.fills().filter(([side]) => side === 'sell')).toEqual([['sell', 880_000, 399]]);
  });

  test('that is taken back leaves no order behind, and what it filled with its owner', async () => {
    bench.worker();
    const id = await bench.begin(ask);
    await until(() => bench.accepted().length === 1);
    bench.offer('sell', 900_000, 200);
    await until(() => exits().length === 2);
    await bench.automations.cancel(ACCOUNT, id);
    await ends(id, 'cancelled');
    expect(bench.venue.core.orders('BTCUSDT')).toMatchObject({ bids: [], asks: [] });
    expect(bench.fills()).toEqual([['buy', 900_000, 200]]);
  });

  test('whose entry is refused fails with the core\'s reason', async () => {
    bench.worker();
    const id = await bench.begin({ ...ask, quantityLots: 10 ** 9 });
    await ends(id, 'failed');
    expect((await bench.get(id)).reason).toBe('insufficient_funds');
  });
});

describe('a strategy', () => {
  const ask = {
    type: 'strategy', symbol: 'BTCUSDT', strategy: { name: 'sma-cross', settings: { fast: 1, slow: 3, lots: 5, short: 0 } }, intervalSeconds: 60, budget: '100000',
  } as const;
  const holdings = async (id: string) => ((await bench.get(id)).state as { holdings: object } | undefined)?.holdings;
  const closes = (prices: readonly number[]): void => { for (const price of prices) bench.close(price); };

  test('of a worker that is killed goes on with what it holds, and touches no order of its user', async () => {
    bench.offer('sell', 900_010, 1_000);
    bench.offer('buy', 899_990, 1_000);
    const own = newOrderId();
    bench.venue.apply({
      type: 'place_order', time: Date.now(), orderId: own, accountId: ACCOUNT, clientOrderId: own, digest: '0'.repeat(32), symbol: 'BTCUSDT', side: 'buy', orderType: 'limit',
      timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks: 880_000, triggerTicks: 0, quantityLots: 7, quoteBudget: 0,
    });
    const first = bench.worker();
    const id = await bench.begin(ask);
    await until(async () => await holdings(id) !== undefined);
    await pause(50);
    closes([100, 90_000, 89_000, 88_000, 87_000, 91_000, 91_000]);
    await until(() => bench.fills().length === 1);
    // Five lots of 10,000 units, less the fee of 0.02 %, at 90,001.
    await until(async () => (await holdings(id) as { base: number }).base > 0);
    expect(await holdings(id)).toMatchObject({ base: 49_990, quote: 100_000_000_000 - 45_000_500 });
    first.kill();
    bench.worker();
    const before = (await bench.get(id)).updatedAt;
    await until(async () => (await bench.get(id)).updatedAt > before);
    await pause(50);
    closes([91_000, 90_000, 92_000, 93_000, 94_000, 80_000, 79_000, 79_000]);
    await until(() => bench.fills().length === 2);
    expect(bench.fills()).toEqual([['buy', 900_010, 5], ['sell', 899_990, 4]]);
    await bench.automations.cancel(ACCOUNT, id);
    await ends(id, 'cancelled');
    expect(bench.book().bids).toContainEqual([880_000, 7]);
  });

  test('that is ended takes its own order back', async () => {
    bench.offer('sell', 900_010, 1_000);
    bench.worker();
    const id = await bench.begin({ ...ask, strategy: { name: 'breakout', settings: { window: 2, lots: 3, stopBps: 100, targetBps: 200 } } });
    await until(async () => await holdings(id) !== undefined);
    await pause(50);
    closes([90_000, 90_000, 90_000, 90_000, 90_000]);
    const waiting = () => Object.values(bench.venue.core.orders('BTCUSDT')).flat().filter(({ accountId }) => accountId === ACCOUNT);
    await until(() => waiting().length === 1);
    await bench.automations.cancel(ACCOUNT, id);
    await ends(id, 'cancelled');
    expect(waiting()).toEqual([]);
  });
});

describe('the records', () => {
  const ask = { type: 'trailing_stop', symbol: 'BTCUSDT', side: 'sell', quantityLots: 1, distanceTicks: 5 } as const;

  test('are one for one name, and as many as an account may have', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => bench.automations.create(ACCOUNT, ask, 'mine')));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ outcome }) => outcome === 'made')).toHaveLength(1);
    expect((await bench.automations.create(ACCOUNT, { ...ask, quantityLots: 2 }, 'mine')).outcome).toBe('other');
    await bench.begin(ask);
    await bench.begin(ask);
    expect((await bench.automations.create(ACCOUNT, ask)).outcome).toBe('full');
    expect((await bench.automations.create(newOrderId(), ask, 'mine')).outcome).toBe('made');
    expect(await bench.automations.list(ACCOUNT)).toHaveLength(3);
  });

  test('take words of the worker that has the job alone', async () => {
    bench.worker();
    const id = await bench.begin(ask);
    await reach(id, 91_000);
    expect(await bench.automations.save(id, 'somebody else', { status: 'waiting', state: { mark: 1, tries: [] }, orders: [] })).toBe(false);
    expect(await bench.automations.end({ id, accountId: ACCOUNT }, 'somebody else', 'done')).toBe(false);
    expect(await bench.get(id)).toMatchObject({ status: 'waiting', state: { mark: 910_000 } });
  });
});
