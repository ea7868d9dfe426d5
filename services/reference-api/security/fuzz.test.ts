/**
 * Requests and frames made of the OpenAPI document: 500 cases, or 20,000 with FULL=1. Nothing of it is a fault of ours, ends a task, or gets into
 * the journal without being a well-formed command of whoever sent it.
 */
import { request as httpRequest, Agent } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { type FuzzRequest, type OpenApi, requestsOf } from '../testing/from-document';
import { ALICE, call, Harness, type Task } from '../testing/harness';
import { StreamClient } from '../testing/stream-client';

const FULL = process.env.FULL === '1';
const CASES = FULL ? 20_000 : 500;
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
let harness: Harness;
let task: Task;
let document: OpenApi;
let token: string;

beforeAll(async () => {
  harness = await new Harness().start();
  const many = { points: 1e9, seconds: 10 };
  const each = { user: many, address: many };
  task = await harness.task({
    allowances: { public: each, sign_in: each, read: each, order: each, cancel: each, operate: each },
    loadLimits: Object.fromEntries(['public', 'sign_in', 'read', 'order', 'cancel', 'operate'].map((rate) => [rate, { eventLoopMs: Infinity, journalMs: Infinity }])),
  });
  document = (await call(task, 'GET', '/v1/openapi.json')).body as unknown as OpenApi;
  token = harness.pool.token(ALICE, ['operators']);
});
afterAll(async () => {
  agent.destroy();
  await harness.stop();
});

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Sends without any help of a client that would refuse to. */
function send({ method, path, headers, body }: FuzzRequest, authorization?: string): Promise<Answer | 'not sent'> {
  return new Promise((resolve) => {
    let sent;
    try {
      // Node itself would send the body of a DELETE without its length, as if it were the next request.
      const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
      sent = httpRequest(`${task.url}${path}`, { method, agent, headers: { ...headers, ...length, ...authorization ? { authorization } : {} } });
    } catch {
      resolve('not sent');
      return;
    }
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (data: string) => { text += data; });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text }));
    });
    // A body that is refused half-way ends the connection.
    sent.on('error', () => resolve({ status: 413, type: 'application/problem+json', text: '{"code":"closed"}' }));
    sent.end(body);
  });
}

/** Five hundred and three mean two things: a fault, and a ledger or a matcher that this test does not have. */
function expectProper(request: FuzzRequest, answer: Answer | 'not sent'): void {
  if (answer === 'not sent') return;
  const { status, type, text } = answer;
  if (status === 503) expect([request, JSON.parse(text)]).toEqual([request, expect.objectContaining({ code: expect.stringMatching(/^(book|matchers|order)_unavailable$/) })]);
  else if (status >= 500) throw new Error(`${status} ${text} for ${JSON.stringify(request)}`);
  if (status >= 400 && text !== '') expect([request, type]).toEqual([request, expect.stringContaining('application/problem+json')]);
  expect([request, /node_modules|\bat .+\.ts:\d+/.test(text)]).toEqual([request, false]);
}

test(`${CASES} requests over HTTP (seed ${SEED}): no fault, no crash, and in the journal only what was accepted`, async () => {
  let accepted = 0;
  const statuses = new Map<number, number>();
  const before = task.journal.commands.length;
  await fc.assert(fc.asyncProperty(requestsOf(document), async (request) => {
    const commands = task.journal.commands.length;
    const answer = await send(request, `Bearer ${token}`);
    expectProper(request, answer);
    if (answer === 'not sent') return;
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    const appended = task.journal.commands.length - commands;
    // A refusal leaves no trace; a batch takes what it takes.
    if (answer.status >= 400) expect([request, appended]).toEqual([request, 0]);
    accepted += appended;
  }), { numRuns: CASES, seed: SEED, endOnFailure: true });
  expect(task.journal.commands.length - before).toBe(accepted);
  for (const command of task.journal.commands) if ('accountId' in command && command.type === 'place_order') expect(command.accountId).toBe(ALICE);
  expect((await call(task, 'GET', '/health')).status).toBe(200);
  // A fuzz whose requests all look alike finds nothing.
  expect(statuses.size).toBeGreaterThan(4);
}, 1_200_000);

test('without a token nothing of it reaches anything', async () => {
  const before = task.journal.commands.length;
  await fc.assert(fc.asyncProperty(requestsOf(document), async (request) => {
    const answer = await send(request);
    expectProper(request, answer);
  }), { numRuns: Math.ceil(CASES / 5), seed: SEED, endOnFailure: true });
  expect(task.journal.commands).toHaveLength(before);
}, 600_000);

test('the same over the WebSocket, and frames that are nothing', async () => {
  let client = await StreamClient.open(task.url, { token });
  const frame = fc.oneof(
    {
      weight: 6, arbitrary: requestsOf(document).map(({ method, path, body }) => {
        let parsed: unknown = body;
        try {
          parsed = body === undefined ? undefined : JSON.parse(body);
        } catch {
        // Text is a body too.
        }
        return JSON.stringify({ op: 'request', id: 'f', method, path, body: parsed });
      }),
    },
    { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constantFrom('subscribe', 'unsubscribe', 'request', 'auth', 'x'), channels: fc.jsonValue({ maxDepth: 1 }), after: fc.jsonValue({ maxDepth: 2 }) }).map((value) => JSON.stringify(value)) },
  );
  await fc.assert(fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 8 }), async (frames) => {
    if (client.closed || client.socket.readyState !== client.socket.OPEN) client = await StreamClient.open(task.url, { token });
    client.messages.length = 0;
    for (const one of frames) client.send(one);
    client.send({ op: 'ping' });
    await client.next(({ op }) => op === 'pong').catch(() => undefined);
    for (const message of client.messages as unknown as { op?: string; status?: number; body?: { code?: string }; error?: { code: string } }[]) {
      expect(message.error?.code).not.toBe('internal_error');
      if (message.op === 'response' && message.status === 500) throw new Error(`${JSON.stringify(message)} after ${JSON.stringify(frames)}`);
    }
  }), { numRuns: Math.ceil(CASES / 10), seed: SEED, endOnFailure: true });
  client.socket.terminate();
  expect((await call(task, 'GET', '/health')).status).toBe(200);
}, 600_000);

test('memory does not grow with what is refused', async () => {
  // What was not collected yet is no growth.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    collect();
    return process.memoryUsage().heapUsed / 2 ** 20;
  };
  const sample = fc.sample(requestsOf(document), { numRuns: FULL ? 2_000 : 400, seed: SEED });
  const round = async (): Promise<void> => {
    for (let at = 0; at < sample.length; at += 8) await Promise.all(sample.slice(at, at + 8).map((one) => send(one)));
  };
  await round();
  const first = await heap();
  await round();
  await round();
  // Measured over 4,000 requests: less than a megabyte, either way.
  expect(await heap() - first).toBeLessThan(8);
}, 600_000);
