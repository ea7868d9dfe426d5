import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpClient } from '../../bench/lib/http-client';
import { ApiLedger } from '../../integ/aws/api-ledger';
import { parseAwsFlags } from '../../integ/aws/flags';
import { Campaign, type CampaignOptions } from '../../integ/drill/campaign';
import { DrillError, type Fault, injectAndRestore, NotRestoredError } from '../../integ/drill/fault';
import { parseLocalFlags } from '../../integ/drill/flags';
import { localThresholds, SYSTEM_OBJECTIVES, thresholdsOf } from '../../integ/drill/objectives';
import { outcomeOf } from '../../integ/drill/outcome';
import type { LedgerRow } from '../../integ/judge/history';
import { chosenFaults } from '../../integ/local/faults';
import { chartOf } from '../../integ/report/chart';
import { junitOf } from '../../integ/report/junit';
import { summaryOf } from '../../integ/report/summary';

const LIMITS = { completeMs: 200, restoreMs: 200, pollMs: 5 };
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a fault', () => {
  const steps: string[] = [];
  const fault = (over: Partial<Fault> = {}): Fault => {
    steps.length = 0;
    const step = (name: string) => () => {
      steps.push(name);
      return Promise.resolve();
    };
    return {
      name: 'test', what: 'something breaks', check: step('check'), inject: step('inject'), complete: () => Promise.resolve(true), restore: step('restore'),
      state: () => Promise.resolve('half of it'), ...over,
    };
  };
  const run = (one: Fault, signal?: AbortSignal) => injectAndRestore(one, LIMITS, () => performance.now(), signal);

  test('is checked, injected, awaited and undone', async () => {
    let asked = 0;
    const { faultAt, restoredAt } = await run(fault({ complete: () => Promise.resolve(++asked === 3) }));
    expect(steps).toEqual(['check', 'inject', 'restore']);
    expect([asked, restoredAt > faultAt]).toEqual([3, true]);
  });

  test('that would prove nothing is not injected', async () => {
    await expect(run(fault({ check: () => Promise.reject(new DrillError('there is no standby')) }))).rejects.toThrow('there is no standby');
    expect(steps).toEqual([]);
  });

  test.each<[string, Partial<Fault>, string]>([
    ['fails halfway', { inject: () => Promise.reject(new Error('refused')) }, 'refused'],
    ['never completes', { complete: () => Promise.resolve(false) }, 'test was not complete within 0.2 s: half of it'],
  ])('that %s is undone all the same', async (_, over, message) => {
    await expect(run(fault(over))).rejects.toThrow(message);
    expect(steps.at(-1)).toBe('restore');
  });

  test('is undone when somebody interrupts', async () => {
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(new DrillError('interrupted')), 30);
    await expect(run(fault({ complete: () => Promise.resolve(false) }), interrupt.signal)).rejects.toThrow('interrupted');
    expect(steps).toEqual(['check', 'inject', 'restore']);
  });

  test.each<[string, Partial<Fault>, string]>([
    ['in time', { restore: () => sleep(400) }, 'test was not undone: it takes longer than 0.2 s. The state that it left: half of it'],
    ['at all', { restore: () => Promise.reject(new Error('no')), inject: () => Promise.reject(new Error('refused')) }, 'test was not undone: no (after refused)'],
  ])('that is not undone %s says what it leaves', async (_, over, message) => {
    const failure = await run(fault(over)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotRestoredError);
    expect((failure as Error).message).toContain(message);
  });
});

test('only what certainly had no effect is a failure', () => {
  const answer = (status: number, body: unknown = '') => outcomeOf({ status, body: typeof body === 'string' ? body : JSON.stringify(body), cookie: undefined });
  const error = (code?: string) => outcomeOf(Object.assign(new Error('x'), { code }));
  expect(answer(202, { orderId: 'a' })).toEqual({ outcome: 'ok', orderId: 'a' });
  expect([answer(202), answer(502, '<html>'), answer(503, '<html>'), answer(504), answer(500, {}), answer(408)].map(({ outcome }) => outcome)).toEqual(Array(6).fill('unknown'));
  expect(answer(503, { code: 'journal_unavailable', outcome: 'unknown' }).outcome).toBe('unknown');
  expect([answer(422, {}), answer(429, {}), answer(503, { code: 'overloaded' }), answer(503, { outcome: 'refused' })].map(({ outcome }) => outcome)).toEqual(Array(4).fill('fail'));
  expect([error('ECONNREFUSED'), error('ECONNRESET'), error()].map(({ outcome }) => outcome)).toEqual(['fail', 'unknown', 'unknown']);
});

describe('a drill against a system of our own making', () => {
  /** Takes orders for as long as it is well, and loses some when told to. */
  class TinyVenue {
    well = true;
    forgets = false;
    readonly rows: LedgerRow[] = [];
    private server!: Server;

    async start(): Promise<string> {
      this.server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
          if (!this.well) {
            response.writeHead(503).end('{"code":"overloaded"}');
            return;
          }
          const { clientOrderId } = JSON.parse(Buffer.concat(chunks).toString()) as { clientOrderId: string };
          if (!this.forgets) this.rows.push({ clientOrderId, orderId: `o-${clientOrderId}`, status: 'filled' });
          response.writeHead(202).end(JSON.stringify({ orderId: `o-${clientOrderId}` }));
        });
      });
      await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
      return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    stop(): void {
      this.server.closeAllConnections();
      this.server.close();
    }
  }

  const drill = async (fault: (venue: TinyVenue) => Partial<Fault>, over: Partial<CampaignOptions> = {}) => {
    const venue = new TinyVenue();
    const url = await venue.start();
    let seen = 0;
    const campaign = new Campaign({
      probe: { client: new HttpClient({ url, connections: 64, timeoutMs: 1_000 }), rate: 100, prefix: 'd', traders: () => [{ token: 't', symbol: 'X', side: 'buy', price: '1', quantity: '1' }] },
      ledger: {
        fresh: () => Promise.resolve(venue.rows.slice(seen, seen = venue.rows.length)),
        all: () => Promise.resolve({ rows: venue.rows, repetitions: new Map<string, string>() }),
        close: () => Promise.resolve(),
      },
      faults: [{
        name: 'outage', what: 'it does not answer', check: () => Promise.resolve(), inject: () => Promise.resolve(), complete: () => Promise.resolve(true),
        restore: () => Promise.resolve(), state: () => Promise.resolve('fine'), ...fault(venue),
      }],
      rounds: 2,
      criteria: { seconds: 1, share: 0.95, withinMs: 500 },
      objective: { rtoSeconds: 10, rpoSeconds: 0 },
      limits: { ...LIMITS, completeMs: 5_000 },
      ledgerPollMs: 10, recoveryLimitMs: 5_000, jitterMs: 50, say: () => undefined, ...over,
    });
    try {
      return await campaign.run();
    } finally {
      venue.stop();
    }
  };
  const outage = (venue: TinyVenue, ms: number): Partial<Fault> => {
    let until = 0;
    return {
      inject: () => {
        venue.well = false;
        until = Date.now() + ms;
        return Promise.resolve();
      },
      complete: () => Promise.resolve(Date.now() >= until),
      restore: () => {
        venue.well = true;
        return Promise.resolve();
      },
    };
  };

  test('measures an outage, and reports it', async () => {
    const result = await drill((venue) => outage(venue, 700));
    const [fault] = result.verdict.faults;
    expect(result.verdict.problems).toEqual([]);
    expect(fault.rounds).toHaveLength(2);
    expect(fault.rtoSeconds.min).toBeGreaterThanOrEqual(0.6);
    expect(fault.rtoSeconds.max).toBeLessThan(3);
    // 70 are due in that time; a machine that is busy makes fewer.
    expect(fault.rounds[0].counts.fail).toBeGreaterThan(15);
    expect(result.operations.map(({ sequence }) => sequence)).toEqual(result.operations.map((_, i) => i));
    expect(summaryOf(result, true)).toEqual({
      faults: [{ name: 'outage', rounds: 2, acknowledged: fault.acknowledged, lost: 0, duplicated: 0, rtoSeconds: fault.rtoSeconds }], brokenVariantCaught: true,
    });
    const facts = { title: 'a <test>', startedAt: new Date(0), rate: 100, criteria: { seconds: 1, share: 0.95, withinMs: 500 }, objective: { rtoSeconds: 10, rpoSeconds: 0 }, problems: [] };
    const chart = chartOf(result.operations, result.verdict, facts);
    expect(chart).toContain('a &lt;test&gt;');
    // Bars of both kinds, and no coordinate that is not a number.
    for (const colour of ['#3a9a6b', '#cf4a3f']) expect(chart.split(colour).length).toBeGreaterThan(3);
    expect(chart).not.toMatch(/NaN|undefined|Infinity/);
  }, 20_000);

  test('counts what is lost, and says so in every report', async () => {
    const result = await drill((venue) => ({
      ...outage(venue, 300), inject: () => {
        venue.forgets = true;
        setTimeout(() => { venue.forgets = false; }, 300);
        return Promise.resolve();
      }, complete: async () => {
        await sleep(350);
        return true;
      },
    }), { rounds: 1, recoveryLimitMs: 3_000 });
    const [fault] = result.verdict.faults;
    expect(fault.lost).toBeGreaterThan(15);
    expect(result.verdict.problems[0]).toMatch(/^outage: \d+ acknowledged orders of the last 0 s before the fault are lost, the objective is 0 s$/);
    const junit = junitOf('drill', result.verdict, false);
    expect(junit).toContain('tests="3" failures="2"');
    expect(junit).toContain('an API that acknowledges too early was not found out');
  }, 20_000);

  test('a system that never comes back ends the drill with what was seen of it', async () => {
    await expect(drill((venue) => ({ ...outage(venue, 100), restore: () => Promise.resolve() }), { recoveryLimitMs: 1_500 }))
      .rejects.toThrow(/after outage there were no 1 good seconds in a row within 1.5 s; of \d+ orders of the last 10 s \d+ were acknowledged/);
  }, 20_000);
});

test('the ledger is read back through the API, page by page, and only what is new', async () => {
  const orders: LedgerRow[] = [];
  const pages: string[] = [];
  const ledger = new ApiLedger({
    send: (_, path) => {
      pages.push(path);
      const from = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? '0');
      const newestFirst = [...orders].reverse();
      const page = { orders: newestFirst.slice(from, from + 2), nextCursor: from + 2 < orders.length ? String(from + 2) : undefined };
      return Promise.resolve({ status: 200, cookie: undefined, body: JSON.stringify(page) });
    },
    close: () => undefined,
  }, () => ['token']);
  const add = (...ids: string[]): unknown => orders.push(...ids.map((id) => ({ clientOrderId: `d-${id}`, orderId: id, status: 'filled' })));
  expect(await ledger.fresh()).toEqual([]);
  add('1', '2', '3');
  expect((await ledger.fresh()).map(({ orderId }) => orderId)).toEqual(['3', '2', '1']);
  expect(await ledger.fresh()).toEqual([]);
  add('4');
  pages.length = 0;
  expect((await ledger.fresh()).map(({ orderId }) => orderId)).toEqual(['4']);
  expect(pages).toHaveLength(1);
  orders.unshift({ clientOrderId: 'before-1', orderId: '0', status: 'filled' });
  expect((await ledger.all('d')).rows).toHaveLength(4);
});

test('flags have defaults and limits, and every fault of AWS is told what it lacks', () => {
  expect(parseLocalFlags([])).toEqual({ rate: 200, rounds: 5, tasks: 2, holdSeconds: 3, faults: undefined, broken: true, out: 'reports/tmp/drill-local', json: false });
  expect(parseLocalFlags(['--faults', 'api-kill,redis-flush', '--no-broken'])).toMatchObject({ faults: ['api-kill', 'redis-flush'], broken: false });
  expect(parseLocalFlags(['--help'])).toBeUndefined();
  expect(() => parseLocalFlags(['--rate', '1'])).toThrow('--rate must be a whole number from 4 to 5000, got: 1');
  expect(() => chosenFaults([], ['api-kil'])).toThrow('there is no fault api-kil');
  expect(() => parseAwsFlags([])).toThrow(/--system must be one of .*\n--fault must be one of .*\n--account must be .*\n--region must be .*\n--stacks must name .*\n--url must begin/);
  const given = ['--system', 'RealtimeSimulator', '--account', '123456789012', '--region', 'us-east-1', '--stacks', 'A,B', '--url', 'https://trade.example.com'];
  expect(parseAwsFlags([...given, '--fault', 'aurora-failover'])).toMatchObject({ stacks: ['A', 'B'], rate: 50, rounds: 1, acceptDataLoss: false });
  expect(() => parseAwsFlags([...given, '--fault', 'global-failover'])).toThrow('needs --secondary-region\nRealtimeSimulator has no objective for the loss of its region');
});

test('thresholds come from the recovery objective', () => {
  expect(localThresholds(SYSTEM_OBJECTIVES.RealtimeSimulator)).toEqual({ rtoSeconds: 10, rpoSeconds: 0 });
  expect(thresholdsOf(SYSTEM_OBJECTIVES.MultiRegionExchange, 'region')).toEqual({ rtoSeconds: 900, rpoSeconds: 60 });
  expect(() => thresholdsOf(SYSTEM_OBJECTIVES.GatewayExchange, 'region')).toThrow('says nothing about the loss of a region');
});
