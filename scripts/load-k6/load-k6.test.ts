/** The scripts of `load/` without k6: what they would send, held against the real API, and what is made of the figures that k6 gives. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figuresOf } from './figures';
import { findK6, runLoad } from './run';
import { type FakeSocket, loadScript } from './testing/stand-in';
import { ALICE, BOB, Harness, type Task } from '../../services/reference-api/testing/harness';
import { StreamClient } from '../../services/reference-api/testing/stream-client';
import { conclude } from '../lib/answer';

const PLACEHOLDER = (index: number): string => `order-of-${index}`;
const accepted = (_: unknown, index: number) => ({ status: 202, json: () => PLACEHOLDER(index) });
const settings = (more: Record<string, string> = {}): Record<string, string> => ({ API_URL: 'http://api.example/', API_TOKENS: 'one, two', ...more });

describe('the scripts against the API', () => {
  const harness = new Harness();
  let task: Task;
  let tokens: string[];
  beforeAll(async () => {
    await harness.start();
    task = await harness.task();
    tokens = [harness.pool.token(ALICE), harness.pool.token(BOB)];
  });
  afterAll(() => harness.stop());

  test('every request that the load is made of is served, and orders are taken back by whoever placed them', async () => {
    const { script, asked, at } = loadScript('api', { API_URL: task.url, API_TOKENS: tokens.join(',') }, accepted);
    for (let i = 0; i < 200; i++) {
      at(i);
      script.default();
    }
    const ids = new Map<string, string>();
    const served: Record<string, number> = {};
    for (const [index, { method, url, headers, body, name }] of asked.entries()) {
      const placeholder = /order-of-\d+/.exec(url)?.[0];
      const answer = await fetch(placeholder === undefined ? url : url.replace(placeholder, ids.get(placeholder)!), { method, headers, body });
      expect([name, answer.status]).toEqual([name, name === 'place' || name === 'cancel' ? 202 : 200]);
      if (name === 'place') ids.set(PLACEHOLDER(index), (await answer.json() as { orderId: string }).orderId);
      served[name] = (served[name] ?? 0) + 1;
    }
    const { place, cancel, orders, portfolio, tickers, instruments } = served;
    expect(place + cancel).toBe(140);
    expect(cancel).toBeGreaterThan(25);
    expect([orders, portfolio, tickers, instruments]).toEqual([22, 22, 8, 8]);
    const clientIds = asked.flatMap(({ body }) => (body === undefined ? [] : [(JSON.parse(body) as { clientOrderId: string }).clientOrderId]));
    expect(new Set(clientIds).size).toBe(place);
    expect(new Set(asked.map(({ headers }) => headers.authorization)).size).toBe(3);
  });

  test('what a client of the stream says is understood', async () => {
    const said: string[] = [];
    const { script, added } = loadScript('stream', { API_URL: task.url, API_TOKENS: tokens[0], SECONDS: '1' }, accepted, (url, open) => {
      expect(url).toBe(`${task.url.replace('http', 'ws')}/v1/stream`);
      const listeners: Record<string, (text?: string) => void> = {};
      let end: () => void = () => undefined;
      const socket: FakeSocket = {
        on: (event, listener) => { listeners[event] = listener; },
        send: (text) => { said.push(text); },
        setInterval: (work) => { work(); },
        setTimeout: (work) => { end = work; },
        close: () => listeners.close(),
      };
      open(socket);
      listeners.open();
      listeners.message('{"op":"authenticated","expiresAt":1}');
      listeners.message('{"op":"response","id":"0","status":200}');
      end();
      return { status: 101 };
    });
    script.default();
    expect(added.failed).toEqual([false, false]);
    expect(added.stream_answer).toHaveLength(1);
    const client = await StreamClient.open(task.url);
    try {
      client.send(said[0]);
      await client.next(({ op }) => op === 'authenticated');
      for (const text of said.slice(1)) client.send(text);
      expect(await client.next(({ op }) => op === 'response')).toMatchObject({ id: '0', status: 200 });
      expect(await client.next(({ op }) => op === 'subscribed')).toMatchObject({ channels: ['orders', 'ticker.BTCUSDT', 'book.BTCUSDT'] });
      expect(client.messages.filter(({ error }) => error !== undefined)).toEqual([]);
    } finally {
      client.socket.terminate();
    }
  });
});

test('a socket that is refused, silent or closed before its time has failed', () => {
  const run = (play: (listeners: Record<string, (text?: string) => void>, end: () => void) => number): unknown[] => {
    const { script, added } = loadScript('stream', settings(), accepted, (_, open) => {
      const listeners: Record<string, (text?: string) => void> = {};
      let end: () => void = () => undefined;
      open({
        on: (event, listener) => { listeners[event] = listener; },
        send: () => undefined,
        setInterval: (work) => { for (let i = 0; i < 3; i++) work(); },
        setTimeout: (work) => { end = work; }, close: () => listeners.close(),
      });
      return { status: play(listeners, end) };
    });
    script.default();
    return added.failed;
  };
  expect(run(() => 403)).toEqual([true]);
  expect(run(({ open }, end) => { open(); end(); return 101; })).toEqual([true]);
  expect(run(({ open, message, close }) => { open(); message('{"op":"authenticated"}'); close(); return 101; })).toEqual([true, true, true]);
});

test('the thresholds are those of the documents, unless told otherwise', () => {
  const { script } = loadScript('api', settings(), accepted);
  expect(script.options.scenarios.base).toMatchObject({ executor: 'constant-arrival-rate', rate: 500, duration: '120s' });
  expect(script.options.scenarios.burst).toMatchObject({ executor: 'constant-arrival-rate', rate: 1_000, duration: '30s' });
  expect(script.options.thresholds).toEqual({
    'http_req_duration{load:base}': ['p(99)<100'], 'http_req_duration{load:burst}': ['p(99)<100'], 'failed{load:base}': ['rate<0.001'], 'failed{load:burst}': ['rate<0.001'],
    'dropped_iterations': ['count==0'], 'limited': ['count==0'],
  });
  expect(loadScript('stream', settings({ P99_MS: '30' }), accepted).script.options.thresholds.stream_answer).toEqual(['p(99)<30']);
  expect(() => loadScript('api', settings({ RATE: 'much' }), accepted)).toThrow('RATE must be a number above 0, got much');
  expect(() => loadScript('api', { API_URL: 'http://x' }, accepted)).toThrow('API_TOKENS');
  expect(script.handleSummary({ metrics: {} })).toEqual({ 'load-summary.json': '{"metrics":{}}' });
});

test('an answer of 429 is counted, since it says more about the test than about the system', () => {
  const { script, added } = loadScript('api', settings(), () => ({ status: 429, json: () => '' }));
  script.default();
  expect([added.failed, added.limited]).toEqual([[true], [1]]);
});

describe('running k6', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'k6-test-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const program = (text: string): string => {
    const file = join(folder, 'k6');
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const metrics = (ok: boolean) => ({
    'http_req_duration{load:base}': { values: { 'count': 10, 'med': 1.234, 'p(99)': 55.5, 'max': 60 }, thresholds: { 'p(99)<100': { ok } } },
    'failed{load:base}': { values: { rate: 0.25 } },
    'limited': { values: { count: 3 } },
  });
  const run = (k6: string) => runLoad({
    k6, scripts: ['api'], figures: { RATE: '7' }, target: { url: 'http://api', tokens: ['s3cret', 't'] }, environment: { PATH: process.env.PATH },
  });

  test('the first program on the PATH, or the one that is named; none is said loudly', () => {
    const file = program('exit 0');
    expect(findK6({ PATH: `/nowhere:${folder}` })).toBe(file);
    expect(findK6({ PATH: folder, K6: '/nowhere/k6' })).toBeUndefined();
    expect(findK6({ PATH: '/nowhere' })).toBeUndefined();
    const lines: string[] = [];
    const loud = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const skipped = { skipped: true, reason: 'no k6' } as const;
    expect(conclude('load:k6', skipped, { json: true, require: false }, (line) => void lines.push(line))).toBe(0);
    expect(lines.at(-1)).toBe('{"skipped":true,"reason":"no k6"}');
    expect(conclude('load:k6', skipped, { json: false, require: true }, () => undefined)).toBe(1);
    expect(String(loud.mock.calls[0][0])).toMatch(/SKIPPED.*says nothing[\s\S]*no k6/);
    loud.mockRestore();
  });

  test('tokens travel in the environment, figures come back, and a threshold that does not hold is a failure', async () => {
    const log = join(folder, 'log');
    const k6 = (code: number, ok: boolean): string => program(
      `echo "$@" > ${log}; echo "$API_URL $API_TOKENS $RATE" >> ${log}; cat > "$SUMMARY" <<'END'\n${JSON.stringify({ metrics: metrics(ok) })}\nEND\nexit ${code}`);
    expect(await run(k6(0, true))).toEqual({
      skipped: false, passed: true, url: 'http://api',
      api: expect.objectContaining({
        passed: true, broken: [], limited: 3, base: { requests: 10, latencyMs: { p50: 1.23, p99: 55.5, max: 60 }, errorRate: 0.25 },
      }) as object,
    });
    const [args, environment] = readFileSync(log, 'utf8').split('\n');
    expect(args).not.toContain('s3cret');
    expect(args).toContain(join('load', 'api.js'));
    expect(environment).toBe('http://api s3cret,t 7');
    expect(await run(k6(99, false))).toMatchObject({ passed: false, api: { broken: ['http_req_duration{load:base}: p(99)<100'] } });
    // Thresholds that hold in a run that did not.
    expect(await run(k6(107, true))).toMatchObject({ passed: false });
  });

  test('a run without figures is a fault, not a result', async () => {
    await expect(run(program('exit 1'))).rejects.toThrow('k6 ended with 1 and measured nothing');
    expect(existsSync(join(folder, 'summary.json'))).toBe(false);
  });

  test('figures that are missing are missing, not zero', () => {
    expect(figuresOf('stream', { metrics: {} }, true)).toMatchObject({ sockets: null, answerMs: { p99: null }, errorRate: null });
  });
});
