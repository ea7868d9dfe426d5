import { connect } from 'node:net';
import { bookKey, EXTERNAL_ACCOUNT, tickerKey } from '../../domain';
import type { LedgerOrder } from '../ledger/ledger-reader';
import { ALICE, BOB, call, Harness, type Task, until } from '../testing/harness';
import { builtScreen } from '../testing/screen';
import { newKey } from '../testing/tokens';

let harness: Harness;
let task: Task;
let alice: string;
let operator: string;

beforeAll(async () => {
  harness = await new Harness().start();
  task = await harness.task();
  alice = harness.pool.token(ALICE);
  operator = harness.pool.token(BOB, ['operators']);
});

afterAll(() => harness.stop());

const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '30000.1', quantity: '0.5' };

describe('who may do what', () => {
  const privateRoutes: [string, string, unknown][] = [
    ['POST', '/v1/orders', order],
    ['DELETE', '/v1/orders/00000000-0000-7000-8000-000000000000', undefined],
    ['GET', '/v1/orders', undefined],
    ['GET', '/v1/portfolio', undefined],
    ['GET', '/v1/book/BTCUSDT', undefined],
    ['DELETE', '/v1/orders', undefined],
    ['DELETE', '/v1/orders/by-client-id/mine', undefined],
    ['PATCH', '/v1/orders/00000000-0000-7000-8000-000000000000', { quantity: '1' }],
    ['POST', '/v1/order-lists', {}],
    ['POST', '/v1/admin/deposits', { accountId: ALICE, asset: 'USDT', amount: '1' }],
    ['POST', '/v1/admin/trading-states', { state: 'halted' }],
    ['POST', '/v1/admin/accounts', { accountId: ALICE, kind: 'house', killed: false }],
    ['POST', '/v1/admin/mark-prices', { symbol: 'BTCUSDT', price: '1' }],
    ['DELETE', '/v1/admin/orders?symbol=BTCUSDT', undefined],
  ];

  test.each(privateRoutes)('%s %s asks for a token that holds', async (method, path, body) => {
    const claims = harness.pool.claims(ALICE, ['operators']);
    const now = Math.floor(Date.now() / 1000);
    const bad: [string | undefined, string][] = [
      [undefined, 'missing_token'],
      ['garbage', 'invalid_token'],
      [harness.pool.sign(claims, newKey('key-1')), 'invalid_token'],
      [harness.pool.sign({ ...claims, exp: now - 1 }), 'expired_token'],
      [harness.pool.sign({ ...claims, client_id: 'other' }), 'invalid_token'],
      [harness.pool.sign({ ...claims, token_use: 'id' }), 'invalid_token'],
    ];
    for (const [token, code] of bad) {
      const answer = await call(task, method, path, { token, body });
      expect(answer).toMatchObject({ status: 401, body: { code } });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    const basic = await call(task, method, path, { body, headers: { authorization: 'Basic YTpi' } });
    expect(basic).toMatchObject({ status: 401, body: { code: 'invalid_token' } });
    expect(task.journal.commands).toHaveLength(0);
  });

  const adminRoutes = privateRoutes.filter(([, path]) => path.startsWith('/v1/admin/'));
  test.each(adminRoutes)('%s %s is for operators alone', async (method, path, body) => {
    expect(await call(task, method, path, { token: alice, body })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    expect(task.journal.commands).toHaveLength(0);
  });
});

describe('deposits', () => {
  const deposit = (body: unknown) => call(task, 'POST', '/v1/admin/deposits', { token: operator, body });

  test('are commands in smallest units', async () => {
    const depositId = '0d000000-0000-4000-8000-00000000000d';
    const answer = await deposit({ accountId: ALICE, asset: 'USDT', amount: '1000.5', depositId });
    expect(answer).toMatchObject({ status: 202, body: { depositId, position: expect.any(String) } });
    expect(task.journal.commands.at(-1)).toMatchObject({ type: 'deposit', depositId, accountId: ALICE, asset: 'USDT', amount: 1_000_500_000 });
  });

  test.each<[string, number, string, object]>([
    ['an unknown asset', 422, 'unknown_asset', { asset: 'DOGE' }],
    ['a JSON number', 400, 'decimal_string_required', { amount: 5 }],
    ['a negative amount', 422, 'invalid_number', { amount: '-5' }],
    ['nothing', 422, 'invalid_amount', { amount: '0' }],
    ['too fine an amount', 422, 'too_precise', { amount: '0.0000001' }],
    ['too large an amount', 422, 'out_of_range', { amount: '999999999999999' }],
    ['no account id', 400, 'invalid_id', { accountId: 'alice' }],
    ['the world outside', 400, 'invalid_id', { accountId: EXTERNAL_ACCOUNT }],
    ['an unknown field', 400, 'unknown_field', { note: 'x' }],
  ])('refused: %s', async (_, status, code, change) => {
    const before = task.journal.commands.length;
    expect(await deposit({ accountId: ALICE, asset: 'USDT', amount: '1', ...change })).toMatchObject({ status, body: { code } });
    expect(task.journal.commands).toHaveLength(before);
  });
});

describe('operators', () => {
  const operate = (method: string, path: string, body?: unknown) => call(task, method, `/v1/admin/${path}`, { token: operator, body });
  const last = () => task.journal.commands.at(-1);

  test('open, wind down and halt an instrument or the venue', async () => {
    expect(await operate('POST', 'trading-states', { symbol: 'BTCUSDT', state: 'cancel_only' })).toMatchObject({ status: 202, body: { position: expect.any(String) } });
    expect(last()).toMatchObject({ type: 'set_trading_state', symbol: 'BTCUSDT', state: 'cancel_only' });
    expect((await operate('POST', 'trading-states', { state: 'halted' })).status).toBe(202);
    expect(last()).toMatchObject({ type: 'set_trading_state', symbol: '', state: 'halted' });
  });

  test('kill an account, set a mark price and sweep orders away', async () => {
    expect((await operate('POST', 'accounts', { accountId: ALICE, kind: 'house', killed: true })).status).toBe(202);
    expect(last()).toMatchObject({ type: 'configure_account', accountId: ALICE, kind: 'house', killed: true });
    expect((await operate('POST', 'mark-prices', { symbol: 'BTCUSDT', price: '30000.5' })).status).toBe(202);
    expect(last()).toMatchObject({ type: 'set_mark_price', symbol: 'BTCUSDT', priceTicks: 300_005 });
    expect((await operate('DELETE', 'orders?symbol=BTCUSDT')).status).toBe(202);
    expect(last()).toMatchObject({ type: 'cancel_all', accountId: '00000000-0000-0000-0000-000000000000', symbol: 'BTCUSDT' });
    expect((await operate('DELETE', `orders?accountId=${ALICE}`)).status).toBe(202);
    expect(last()).toMatchObject({ type: 'cancel_all', accountId: ALICE, symbol: '' });
  });

  test.each<[string, string, unknown, number, string]>([
    ['POST', 'trading-states', { symbol: 'NOPE', state: 'open' }, 422, 'unknown_symbol'],
    ['POST', 'trading-states', { state: 'closed' }, 400, 'invalid_field'],
    ['POST', 'accounts', { accountId: ALICE, killed: true }, 400, 'invalid_field'],
    ['POST', 'accounts', { accountId: '00000000-0000-0000-0000-000000000001', kind: 'house', killed: false }, 400, 'invalid_id'],
    ['POST', 'mark-prices', { symbol: 'BTCUSDT', price: '0.01' }, 422, 'too_precise'],
    ['DELETE', 'orders', undefined, 400, 'missing_field'],
    ['DELETE', 'orders?symbol=NOPE', undefined, 422, 'unknown_symbol'],
    ['DELETE', 'orders?all=1', undefined, 400, 'unknown_field'],
  ])('are refused %s %s %j', async (method, path, body, status, code) => {
    const before = task.journal.commands.length;
    expect(await operate(method, path, body)).toMatchObject({ status, body: { code } });
    expect(task.journal.commands).toHaveLength(before);
  });
});

describe('questions', () => {
  const row = (i: number, change: Partial<LedgerOrder> = {}): LedgerOrder => ({
    orderId: `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`, clientOrderId: `c${i}`, symbol: 'BTCUSDT', side: 'buy', type: 'limit',
    timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks: 300_001, triggerTicks: 0, quantityLots: 5_000, quoteBudget: 0,
    listId: null, remainingLots: 2_500, filledLots: 2_500, filledQuote: 7_500_025_000, triggered: true, status: 'open', reason: null, createdSeq: 100 - i,
    createdAt: new Date(1_000), updatedAt: new Date(2_000), ...change,
  });

  test('orders come as decimals, with the sequence they include', async () => {
    task.ledger.rows = [row(1), row(2, { type: 'market', priceTicks: 0, status: 'cancelled', reason: 'unfilled' }), row(3, { symbol: 'GONEUSDT', status: 'rejected', reason: 'unknown_symbol' })];
    const { status, body } = await call(task, 'GET', '/v1/orders?limit=10', { token: alice });
    expect(status).toBe(200);
    expect(body).toEqual({
      asOf: 7,
      asOfTime: 5_000,
      orders: [
        {
          orderId: row(1).orderId, clientOrderId: 'c1', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', price: '30000.1', quantity: '0.5',
          remaining: '0.25', filled: '0.25', filledQuote: '7500.025', selfTradePrevention: 'none', status: 'open', createdAt: 1_000, updatedAt: 2_000,
        },
        expect.not.objectContaining({ price: expect.anything() }),
        expect.not.objectContaining({ quantity: expect.anything() }),
      ],
    });
  });

  test('what an order waits for, spends or belongs to is told when there is such a thing', async () => {
    const listId = '0e000000-0000-4000-8000-00000000000e';
    task.ledger.rows = [
      row(1, { type: 'stop_loss', priceTicks: 0, triggerTicks: 299_000, triggered: false, listId }),
      row(2, { type: 'market', priceTicks: 0, quantityLots: 0, remainingLots: 0, quoteBudget: 1_500_000, status: 'filled' }),
      row(3, { postOnly: true }),
    ];
    const { body } = await call(task, 'GET', '/v1/orders?limit=10', { token: alice });
    const [stop, budget, maker] = body.orders as Record<string, unknown>[];
    expect(stop).toMatchObject({ stopPrice: '29900', triggered: false, listId });
    expect(stop).not.toHaveProperty('price');
    expect(budget).toMatchObject({ quoteQuantity: '1.5', filled: '0.25' });
    expect(budget).not.toHaveProperty('quantity');
    expect(maker).toMatchObject({ postOnly: true });
  });

  test('a cursor is given out while there is more', async () => {
    task.ledger.rows = [row(1), row(2), row(3)];
    const page = await call(task, 'GET', '/v1/orders?limit=2', { token: alice });
    expect(page.body.orders).toHaveLength(2);
    expect(Buffer.from(String(page.body.nextCursor), 'base64url').toString()).toBe(`98:${row(2).orderId}`);
    expect((await call(task, 'GET', `/v1/orders?limit=2&cursor=${String(page.body.nextCursor)}`, { token: alice })).status).toBe(200);
  });

  test.each([
    ['limit=0', 'invalid_limit'], ['limit=201', 'invalid_limit'], ['limit=1e2', 'invalid_limit'], ['limit=10&limit=20', 'invalid_field'],
    ['cursor=x', 'invalid_cursor'], [`cursor=${Buffer.from('1:2').toString('base64url')}`, 'invalid_cursor'],
    ['status=lost', 'invalid_field'], [`accountId=${BOB}`, 'unknown_field'], ['__proto__=1', 'unknown_field'],
  ])('GET /v1/orders?%s: 400 %s', async (query, code) => {
    expect(await call(task, 'GET', `/v1/orders?${query}`, { token: alice })).toMatchObject({ status: 400, body: { code } });
  });

  test('the portfolio comes as decimals', async () => {
    task.ledger.funds = [{ asset: 'BTC', free: 150_000_000, held: 1 }, { asset: 'USDT', free: 0, held: 2_500_000 }];
    expect((await call(task, 'GET', '/v1/portfolio', { token: alice })).body).toEqual({
      asOf: 7,
      asOfTime: 5_000,
      balances: [{ asset: 'BTC', free: '1.5', held: '0.00000001', total: '1.50000001' }, { asset: 'USDT', free: '0', held: '2.5', total: '2.5' }],
    });
  });

  test('a ledger that is away is 503, for what needs it', async () => {
    task.ledger.away = true;
    try {
      for (const path of ['/v1/portfolio', '/v1/orders']) {
        expect(await call(task, 'GET', path, { token: alice })).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
      }
      expect((await call(task, 'POST', '/v1/orders', { token: alice, body: order })).status).toBe(202);
    } finally {
      task.ledger.away = false;
    }
  });

  test('a book is what the matcher published; unknown symbols are 404, a missing book is 503', async () => {
    const book = { symbol: 'BTCUSDT', seq: 3, time: 4, bids: [['30000', '1']], asks: [] };
    await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify(book));
    expect(await call(task, 'GET', '/v1/book/BTCUSDT', { token: alice })).toMatchObject({ status: 200, body: book });
    expect(await call(task, 'GET', '/v1/book/NOPE', { token: alice })).toMatchObject({ status: 404, body: { code: 'unknown_symbol' } });
    expect(await call(task, 'GET', '/v1/book/ETHUSDT', { token: alice })).toMatchObject({ status: 503, body: { code: 'book_unavailable' } });
  });

  test('instruments are public and complete', async () => {
    const { body } = await call(task, 'GET', '/v1/instruments');
    expect(body.instruments).toMatchObject([{ symbol: 'BTCUSDT', tickSize: '0.1', lotSize: '0.0001' }, { symbol: 'ETHUSDT' }]);
  });

  test('the status tells how old the data is and how far the ledger', async () => {
    await harness.cache.set(tickerKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', receivedTime: Date.now() - 500 }));
    await harness.cache.set(bookKey('BTCUSDT'), JSON.stringify({ symbol: 'BTCUSDT', seq: 12, time: Date.now() - 100, bids: [], asks: [] }));
    await until(async () => (await call(task, 'GET', '/v1/status')).body.settlementLag === 5, 3_000);
    const { body } = await call(task, 'GET', '/v1/status');
    expect(body).toMatchObject({ api: { service: 'reference-api' }, ledger: { seq: 7, halted: null }, data: [{ symbol: 'BTCUSDT', bookSeq: 12 }, { symbol: 'ETHUSDT', bookSeq: null }] });
    const [btc] = body.data as { tickerAgeMs: number }[];
    expect(btc.tickerAgeMs).toBeGreaterThanOrEqual(500);
    expect(btc.tickerAgeMs).toBeLessThan(5_000);
  });
});

describe('sessions', () => {
  const post = (body: unknown) => call(task, 'POST', '/v1/sessions', { body });

  test('a session is a token that works', async () => {
    const { status, body } = await post({ username: 'alice', password: 'secret' });
    expect([status, body.expiresIn]).toEqual([200, 600]);
    expect((await call(task, 'GET', '/v1/portfolio', { token: String(body.accessToken) })).status).toBe(200);
  });

  test('wrong credentials and odd requests', async () => {
    expect(await post({ username: 'alice', password: 'wrong' })).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect(await post({ username: 'alice' })).toMatchObject({ status: 400, body: { code: 'missing_field', field: 'password' } });
    expect(await post({ username: 'alice', password: 'x', admin: true })).toMatchObject({ status: 400, body: { code: 'unknown_field' } });
  });
});

describe('everything else', () => {
  test('unknown addresses are 404 in JSON, with nothing about what runs here', async () => {
    for (const [method, path] of [['GET', '/nope'], ['POST', '/v1/orders/x'], ['PUT', '/v1/orders'], ['GET', '/../package.json'], ['GET', '/main.ts'], ['GET', '/.env']]) {
      const answer = await call(task, method, path);
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(answer.headers.get('x-powered-by')).toBeNull();
    }
    expect(await call(task, 'GET', '/v1/book/%E0%A4%A', { token: alice })).toMatchObject({ status: 400, body: { code: 'bad_request' } });
  });

  test('answers are not stored, sniffed or framed', async () => {
    const { headers } = await call(task, 'GET', '/health');
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  test('the trading screen comes with its files and a policy without exceptions', async () => {
    const screen = await harness.task({ root: builtScreen(harness.dir) });
    const response = await fetch(`${screen.url}/`);
    const html = await response.text();
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|upgrade-insecure/);
    expect(html).not.toMatch(/<script>|<style|\son\w+=|\sstyle=/);
    const files = [...html.matchAll(/(?:src|href)="([\w.-]+)"/g)].map(([, file]) => file);
    expect(files).toEqual(expect.arrayContaining(['screen.js', 'screen.css']));
    for (const file of files) {
      const asset = await fetch(`${screen.url}/${file}`);
      expect([file, asset.status]).toEqual([file, 200]);
      // Everything is in it: nothing is fetched from elsewhere.
      if (file.endsWith('.js')) expect(await asset.text()).not.toMatch(/\bimport\s*\(|from\s*"\.\//);
    }
    await screen.stop();
  });

  test('a fault of ours is 500 without its text', async () => {
    await harness.cache.set(bookKey('BTCUSDT'), 'not JSON');
    const answer = await call(task, 'GET', '/v1/book/BTCUSDT', { token: alice });
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect(JSON.stringify(answer.body)).not.toContain('JSON');
  });

  test('something that is not HTTP, and a head that never ends, do not stay', async () => {
    const socket = connect(Number(new URL(task.url).port), '127.0.0.1');
    const text = await new Promise<string>((resolve) => {
      let all = '';
      socket.on('data', (data) => {
        all += String(data);
      });
      socket.on('close', () => resolve(all));
      socket.write('HELLO\r\n\r\n');
    });
    expect(text).toMatch(/^HTTP\/1\.1 400/);
    expect(task.api.server.http.keepAliveTimeout).toBeGreaterThan(60_000);
    expect(task.api.server.http.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(task.api.server.http.requestTimeout).toBeLessThanOrEqual(15_000);
  });
});
