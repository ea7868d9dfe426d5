import { Api, ApiProblem, reasonText } from './api';
import { cancel, place } from './trading';
import type { Instrument, Order } from '../core/model';
import type { Ticket } from '../core/ticket';

const BTC: Instrument = {
  symbol: 'BTCUSDT',
  base: { code: 'BTC', decimals: 8 },
  quote: { code: 'USDT', decimals: 6 },
  tickSize: '0.1',
  lotSize: '0.0001',
};
const TICKET: Ticket = { side: 'buy', type: 'limit', price: '30000', stopPrice: '', quantity: '0.01', timeInForce: 'gtc', postOnly: false };
const ORDER: Order = { orderId: 'a', symbol: 'BTCUSDT', status: 'open', seq: 1 };

type Answer = readonly [status: number, body: object, headers?: Record<string, string>] | 'none';

/** An API that answers as it is told, and remembers what it was asked. */
function apiOf(...answers: Answer[]) {
  const asked: { path: string; body: unknown; headers: Record<string, string> }[] = [];
  const api = new Api(
    (path, { body, headers }) => {
      asked.push({ path, body: body === undefined ? undefined : JSON.parse(String(body)), headers: headers as Record<string, string> });
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      return answer === 'none'
        ? Promise.reject(new TypeError('Failed to fetch'))
        : Promise.resolve(new Response(JSON.stringify(answer[1]), { status: answer[0], headers: answer[2] }));
    },
    () => 'token',
    () => Promise.resolve(),
  );
  return { api, asked };
}

test('problem details become an error with their words, code and field', async () => {
  const { api, asked } = apiOf([422, { detail: 'price is too fine', code: 'too_precise', field: 'price' }]);
  await expect(api.get('/v1/x')).rejects.toMatchObject({ message: 'price is too fine', status: 422, code: 'too_precise', field: 'price' });
  expect(asked[0].headers.authorization).toBe('Bearer token');
});

test('an answer that is no JSON is an error that says so', async () => {
  const api = new Api(
    () => Promise.resolve(new Response('<html>', { status: 502 })),
    () => undefined,
  );
  const problem: unknown = await api.get('/v1/x').catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(ApiProblem);
  expect(problem).toMatchObject({ status: 502, isUncertain: true });
});

test('an order is sent again under the same id while nobody knows whether it arrived', async () => {
  const { api, asked } = apiOf(
    'none',
    [503, { code: 'journal_unavailable', detail: '…' }, { 'retry-after': '1' }],
    [200, { orderId: 'a', status: 'open', fills: [] }],
  );
  expect(await place(api, TICKET, BTC, 'mine')).toEqual({ kind: 'good', text: 'In the book: Buy 0.01 BTC (BTCUSDT, limit) at 30,000.' });
  expect(asked.map(({ body }) => (body as { clientOrderId: string }).clientOrderId)).toEqual(['mine', 'mine', 'mine']);
});

test('a refusal is not sent again', async () => {
  const { api, asked } = apiOf([422, { code: 'below_minimum_notional', detail: 'Too small.', field: 'quantity' }]);
  expect(await place(api, TICKET, BTC, 'mine')).toEqual({ kind: 'bad', text: 'Too small.', field: 'quantity' });
  expect(asked).toHaveLength(1);
});

test('when nobody ever answers it is not said that nothing happened', async () => {
  const { api, asked } = apiOf('none');
  const { kind, text } = await place(api, TICKET, BTC, 'mine');
  expect([kind, text]).toEqual(['bad', expect.stringContaining('may or may not have arrived')]);
  expect(asked).toHaveLength(4);
});

test('what the core made of an order is told in words', async () => {
  const outcomes: [object, string][] = [
    [{ status: 'rejected', reason: 'insufficient_funds' }, `Refused. ${reasonText('insufficient_funds')}`],
    [
      {
        status: 'filled',
        fills: [
          { price: '30000', quantity: '0.004' },
          { price: '30001', quantity: '0.006' },
        ],
      },
      'Filled: 0.004 BTC at 30,000, 0.006 BTC at 30,001.',
    ],
    [{ status: 'open', fills: [{ price: '30000', quantity: '0.004' }] }, 'Filled in part: 0.004 BTC at 30,000; the rest is in the book.'],
    [{ status: 'cancelled', reason: 'unfilled', fills: [] }, 'Ended without a fill. The rest found nobody in the book.'],
    [{ orderId: 'a' }, 'Accepted: Buy 0.01 BTC (BTCUSDT, limit) at 30,000. What becomes of it shows below.'],
  ];
  for (const [body, text] of outcomes) expect((await place(apiOf([200, { fills: [], ...body }]).api, TICKET, BTC, 'mine')).text).toBe(text);
  expect(reasonText('some_new_reason')).toBe('Reason: some new reason.');
});

test('a cancel that came too late says so', async () => {
  expect((await cancel(apiOf([200, { event: 'cancel_rejected', reason: 'unknown_order' }]).api, ORDER)).text).toMatch(/^Not cancelled/);
  expect((await cancel(apiOf([200, { event: 'cancelled' }]).api, ORDER)).kind).toBe('good');
});

test('a refusal of a token that is not the one of now any more is no refusal of the session', async () => {
  let token = 'old';
  const asked: unknown[] = [];
  const api = new Api((_path, { headers }) => {
    asked.push((headers as Record<string, string>).authorization);
    if (token === 'new') return Promise.resolve(new Response('{}'));
    token = 'new';
    return Promise.resolve(new Response('{"code":"expired_token"}', { status: 401 }));
  }, () => token, () => Promise.resolve());
  await expect(api.sendSurely('DELETE', '/v1/x', undefined)).resolves.toEqual({});
  expect(asked).toEqual(['Bearer old', 'Bearer new']);
});
