import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client, Pool } from 'pg';
import { PostgresLedgerReader } from './postgres-ledger-reader';
import { startPostgres } from '../../../local/servers/postgres';
import { ensureTls } from '../../../local/servers/tls';
import { exactIntegers } from '../../adapters/postgres/types';
import { BTC } from '../testing/doubles';
import { until } from '../testing/harness';

const ALICE = '0a000000-0000-4000-8000-00000000000a';
const BOB = '0b000000-0000-4000-8000-00000000000b';
const id = (i: number): string => `00000000-0000-7000-8000-${String(i).padStart(12, '0')}`;

let dir: string;
let postgres: Awaited<ReturnType<typeof startPostgres>>;
let admin: Client;
let pool: Pool;
let ledger: PostgresLedgerReader;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'ledger-reader-'));
  const tls = await ensureTls(join(dir, 'tls'));
  postgres = await startPostgres({ dataDir: join(dir, 'pg'), tls, adminUser: 'ledger_admin', adminPassword: 'word', database: 'trading' });
  const ssl = { ca: readFileSync(tls.caFile, 'utf8') };
  const url = new URL(postgres.url);
  const connection = { host: url.hostname, port: Number(url.port), database: 'trading', ssl };
  admin = new Client({ ...connection, user: 'ledger_admin', password: 'word' });
  await admin.connect();
  await runner({
    dbClient: admin, dir: join(__dirname, '../../setup/migrations'), direction: 'up', migrationsTable: 'migrations', migrationsSchema: 'ledger',
    createMigrationsSchema: true, log: () => undefined,
  });
  pool = new Pool({ ...connection, user: 'api', password: 'token', types: exactIntegers, max: 2 });
  ledger = new PostgresLedgerReader(pool, 0);
});

afterAll(async () => {
  await pool?.end();
  // The pool does not wait until its connections are gone; a server that stops earlier would break them off.
  await until(async () => (await admin.query('SELECT 1 FROM pg_stat_activity WHERE usename = $1', ['api'])).rowCount === 0);
  await admin.end();
  await postgres?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('an empty ledger has nothing, as of nothing', async () => {
  const nothing = { seq: 0, time: null, rows: [] };
  expect(await ledger.orders(ALICE, { limit: 10 })).toEqual(nothing);
  expect(await ledger.balances(ALICE)).toEqual(nothing);
  expect(await ledger.fills(ALICE, { limit: 10 })).toEqual(nothing);
  expect(await ledger.fillsSince(ALICE, 0, 10)).toEqual({ ...nothing, resetSeq: 0 });
  expect(await ledger.beginnings(ALICE)).toEqual({ ...nothing, coreVersion: null });
  expect(await ledger.changes(ALICE, { since: 0, step: 60_000, last: 60_000 })).toEqual(nothing);
  expect([await ledger.lastTrades(['BTCUSDT'], [0]), await ledger.lastCloses(['BTCUSDT'], [0])]).toEqual([[], []]);
  expect(await ledger.order(ALICE, id(1))).toBeUndefined();
  expect(await ledger.orderOf(id(1))).toBeUndefined();
  expect(await ledger.instruments()).toEqual([]);
  expect(await ledger.progress()).toEqual({ lastSeq: 0, haltedSeq: null, haltedReason: null });
});

describe('with rows', () => {
  beforeAll(async () => {
    await admin.query('INSERT INTO ledger.partitions (partition, last_seq) VALUES (0, 42)');
    await admin.query('INSERT INTO ledger.instruments VALUES ($1, 0, 1, $2, 1)', ['BTCUSDT', JSON.stringify(BTC)]);
    await admin.query('INSERT INTO ledger.balances VALUES (0, $1, $2, 10, 5, 40), (0, $1, $3, 9007199254740991, 0, 41), (0, $4, $2, 1, 1, 1)', [ALICE, 'BTC', 'USDT', BOB]);
    for (let i = 1; i <= 7; i++) {
      const status = i % 2 === 0 ? 'open' : 'filled';
      await admin.query(
        `INSERT INTO ledger.orders (order_id, partition, account_id, client_order_id, digest, symbol, side, type, time_in_force, post_only,
          self_trade_prevention, price_ticks, trigger_ticks, quantity_lots, quote_budget, remaining_lots, filled_lots, status, created_seq, created_at,
          updated_seq, updated_at, triggered_seq, priority_seq)
        VALUES ($1, 0, $2, $3, repeat('0', 32), 'BTCUSDT', 'buy', 'limit', 'gtc', true, 'none', 300001, 0, 10, 0, $4, 10 - $4::bigint, $5, $6, to_timestamp(1),
          $6, to_timestamp(2), $6, $6)`,
        [id(i), i === 7 ? BOB : ALICE, `c${i}`, status === 'open' ? 4 : 0, status, Math.ceil(i / 2)],
      );
    }
  });

  test('an account sees its own orders, newest first, page by page, with the sequence they include', async () => {
    const all = await ledger.orders(ALICE, { limit: 50 });
    expect(all.seq).toBe(42);
    expect(all.rows.map(({ orderId }) => orderId)).toEqual([6, 5, 4, 3, 2, 1].map(id));
    expect(all.rows[0]).toMatchObject({
      clientOrderId: 'c6', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', priceTicks: 300_001, quantityLots: 10, remainingLots: 4,
      filledLots: 6, filledQuote: 0, postOnly: true, selfTradePrevention: 'none', triggerTicks: 0, quoteBudget: 0, listId: null, triggered: true,
      status: 'open', reason: null, createdSeq: 3, createdAt: new Date(1_000), updatedAt: new Date(2_000),
    });
    // Two orders share a sequence here: a page may end between them.
    const seen: string[] = [];
    let after: { createdSeq: number; orderId: string } | undefined;
    for (;;) {
      const { rows } = await ledger.orders(ALICE, { limit: 1, after });
      if (rows.length === 0) break;
      seen.push(rows[0].orderId);
      after = rows[0];
    }
    expect(seen).toEqual(all.rows.map(({ orderId }) => orderId));
    expect((await ledger.orders(ALICE, { limit: 50, status: 'open' })).rows.map(({ orderId }) => orderId)).toEqual([6, 4, 2].map(id));
  });

  test('balances are exact and one\'s own', async () => {
    expect((await ledger.balances(ALICE)).rows).toMatchObject([{ asset: 'BTC', free: 10, held: 5 }, { asset: 'USDT', free: 9_007_199_254_740_991, held: 0 }]);
    expect(await ledger.balances(BOB)).toMatchObject({ seq: 42, rows: [{ asset: 'BTC', free: 1, held: 1 }] });
  });

  test('owners, instruments and progress', async () => {
    expect(await ledger.orderOf(id(7))).toEqual({ accountId: BOB, symbol: 'BTCUSDT' });
    expect(await ledger.orderOf(id(8))).toBeUndefined();
    expect(await ledger.instruments()).toEqual([BTC]);
    expect(await ledger.progress()).toMatchObject({ lastSeq: 42 });
  });

  test('one order, by its id or by the client\'s, and only to its owner', async () => {
    expect(await ledger.order(ALICE, id(6))).toMatchObject({ orderId: id(6), clientOrderId: 'c6', filledLots: 6 });
    expect(await ledger.order(BOB, id(6))).toBeUndefined();
    expect(await ledger.orderByClientId(ALICE, 'c6')).toMatchObject({ orderId: id(6) });
    expect(await ledger.orderByClientId(BOB, 'c6')).toBeUndefined();
    expect((await ledger.orders(ALICE, { limit: 1 })).time).toBeInstanceOf(Date);
  });

  test('orders by a range of ids, and only one\'s own', async () => {
    expect((await ledger.ordersBetween(ALICE, id(2), id(4))).map(({ orderId }) => orderId).sort()).toEqual([2, 3, 4].map(id));
    expect(await ledger.ordersBetween(BOB, id(2), id(4))).toEqual([]);
  });

  test('minutes of trades, each trade once', async () => {
    const minute = Date.UTC(2026, 0, 5, 12);
    const insert = `INSERT INTO ledger.fills SELECT 0, t.seq, l, $1::uuid, $2::uuid, 'ETHUSDT', CASE WHEN l = 'taker' THEN t.side ELSE 'buy' END, t.ticks, t.lots, 1, t.quote, 0, 'ETH',
      to_timestamp(t.at) FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::float[]) AS t(seq, side, ticks, lots, quote, at),
      unnest(ARRAY['maker', 'taker']) l`;
    const seconds = minute / 1_000;
    await admin.query(insert, [
      id(6), ALICE, [100, 101, 102, 103], ['buy', 'sell', 'buy', 'sell'], [20, 25, 18, 30], [1, 2, 3, 4], [20, 50, 54, 120],
      [seconds, seconds + 30, seconds + 59.9, seconds + 60],
    ]);
    expect(await ledger.minutes('ETHUSDT', new Date(minute))).toEqual([
      {
        openTime: new Date(minute), openTicks: 20, highTicks: 25, lowTicks: 18, closeTicks: 18, lots: 6, quote: 124, trades: 3,
        takerLots: 4, takerQuote: 74, firstSeq: 100, lastSeq: 102,
      },
      {
        openTime: new Date(minute + 60_000), openTicks: 30, highTicks: 30, lowTicks: 30, closeTicks: 30, lots: 4, quote: 120, trades: 1,
        takerLots: 0, takerQuote: 0, firstSeq: 103, lastSeq: 103,
      },
    ]);
    expect(await ledger.minutes('ETHUSDT', new Date(minute + 60_000))).toHaveLength(1);
    expect(await ledger.minutes('BTCUSDT', new Date(minute))).toEqual([]);
    await admin.query('ALTER TABLE ledger.fills DISABLE TRIGGER append_only');
    await admin.query('DELETE FROM ledger.fills WHERE seq >= 100');
    await admin.query('ALTER TABLE ledger.fills ENABLE TRIGGER append_only');
  });

  test('trades of everybody: the last ones, or from a sequence on, each once', async () => {
    const insert = `INSERT INTO ledger.fills SELECT 0, s, l, $1::uuid, $2::uuid, CASE WHEN s % 2 = 0 THEN 'ETHUSDT' ELSE 'BTCUSDT' END, CASE WHEN l = 'taker' THEN 'sell' ELSE 'buy' END,
      300000 + s, 10, 100000, 30000000, 5, 'BTC', to_timestamp(s) FROM generate_series(100, 109) s, unnest(ARRAY['maker', 'taker']) l`;
    await admin.query(insert, [id(6), ALICE]);
    const seqs = async (query: Parameters<typeof ledger.venueTrades>[0]) => (await ledger.venueTrades(query)).map(({ seq }) => seq);
    expect(await seqs({ symbol: 'ETHUSDT', limit: 3 })).toEqual([104, 106, 108]);
    expect(await seqs({ symbol: 'BTCUSDT', limit: 2, fromSeq: 102 })).toEqual([103, 105]);
    expect(await seqs({ symbol: 'BTCUSDT', limit: 10, fromSeq: 110 })).toEqual([]);
    expect(await ledger.venueTrades({ symbol: 'BTCUSDT', limit: 1 })).toEqual([
      { seq: 109, time: new Date(109_000), priceTicks: 300_109, quantityLots: 10, quoteAmount: 30_000_000, takerSide: 'sell' },
    ]);
    await admin.query('ALTER TABLE ledger.fills DISABLE TRIGGER append_only');
    await admin.query('DELETE FROM ledger.fills WHERE seq >= 100');
    await admin.query('ALTER TABLE ledger.fills ENABLE TRIGGER append_only');
  });

  test('fills are one\'s own, page by page, and from a sequence on', async () => {
    const insert = `INSERT INTO ledger.fills SELECT 0, s, l, $1::uuid, $2::uuid, CASE WHEN s = 12 THEN 'ETHUSDT' ELSE 'BTCUSDT' END, 'buy', 300000, 10, 100000, 30000000, 5, 'BTC',
      to_timestamp(s) FROM generate_series(10, 12) s, unnest($3::text[]) l`;
    await admin.query(insert, [id(6), ALICE, ['maker', 'taker']]);
    await admin.query(insert.replace('generate_series(10, 12)', 'generate_series(20, 20)'), [id(7), BOB, ['maker']]);
    const names = (rows: readonly { seq: number; liquidity: string }[]) => rows.map(({ seq, liquidity }) => `${seq}${liquidity[0]}`);
    const all = await ledger.fills(ALICE, { limit: 50 });
    expect([all.seq, ...names(all.rows)]).toEqual([42, '12t', '12m', '11t', '11m', '10t', '10m']);
    expect(all.rows[0]).toMatchObject({ orderId: id(6), side: 'buy', quoteAmount: 30_000_000, fee: 5, feeAsset: 'BTC', time: new Date(12_000) });
    // A page may end inside a trade with oneself.
    expect(names((await ledger.fills(ALICE, { limit: 50, after: { seq: 11, liquidity: 'taker' } })).rows)).toEqual(['11m', '10t', '10m']);
    expect(names((await ledger.fills(ALICE, { limit: 50, symbol: 'ETHUSDT' })).rows)).toEqual(['12t', '12m']);
    expect((await ledger.fills(ALICE, { limit: 50, orderId: id(7) })).rows).toEqual([]);
    expect(names((await ledger.fillsSince(ALICE, 10, 3)).rows)).toEqual(['11m', '11t', '12m']);
  });

  test('minutes become longer candles', async () => {
    await admin.query("SELECT market.make_candle_months('2025-12-01', '2025-12-31')");
    await admin.query(`INSERT INTO market.candles SELECT 'BTCUSDT', '1m', TIMESTAMPTZ '2025-12-10 00:00Z' + m * interval '1 minute', 100 + m, 110 + m, 90 + m, 101 + m, 1.5, 150
      FROM generate_series(0, 11) m`);
    const from = Date.UTC(2025, 11, 10);
    const bars = await ledger.candles({ symbol: 'BTCUSDT', seconds: 300, from, to: from + 720_000, limit: 2 });
    expect(bars).toEqual([
      { openTime: new Date(from + 300_000), open: '105', high: '119', low: '95', close: '110', volume: '7.5', turnover: '750' },
      { openTime: new Date(from + 600_000), open: '110', high: '121', low: '100', close: '112', volume: '3.0', turnover: '300' },
    ]);
    expect(await ledger.candles({ symbol: 'ETHUSDT', seconds: 60, from, to: from + 720_000, limit: 5 })).toEqual([]);
  });

  test('of a partition that shares the database only its own rows', async () => {
    await admin.query('INSERT INTO ledger.partitions (partition, last_seq) VALUES (1, 5)');
    const [moved, same] = ['00000000-0000-7000-8000-00000000aaa1', 'ETHUSDT'];
    await admin.query(
      `INSERT INTO ledger.orders SELECT (jsonb_populate_record(o, jsonb_build_object('order_id', $1::text, 'partition', 1, 'symbol', $2::text, 'created_seq', 5))).*
        FROM ledger.orders o WHERE order_id = $3`, [moved, same, id(6)]);
    await admin.query('INSERT INTO ledger.instruments VALUES ($1, 1, 1, $2, 1)', ['ETHUSDT', JSON.stringify({ ...BTC, symbol: 'ETHUSDT' })]);
    await admin.query("INSERT INTO ledger.transfers VALUES ($1, 1, 'in', 4, $2, 'USDT', 25, 0, to_timestamp(3))", [id(90), ALICE]);
    await admin.query("INSERT INTO ledger.refused_transfers VALUES ($1, 0, 4, $2, 'USDT', 25, 'insufficient_funds', to_timestamp(3))", [id(90), ALICE]);
    const other = new PostgresLedgerReader(pool, 1);
    expect((await other.orders(ALICE, { limit: 50 })).rows.map(({ orderId }) => orderId)).toEqual([moved]);
    expect((await ledger.orders(ALICE, { limit: 50 })).rows).toHaveLength(6);
    expect([await other.orderOf(moved), await ledger.orderOf(moved)]).toEqual([{ accountId: ALICE, symbol: 'ETHUSDT' }, undefined]);
    expect((await other.instruments()).map(({ symbol }) => symbol)).toEqual(['ETHUSDT']);
    expect(await ledger.instruments()).toEqual([BTC]);
    const common = { accountId: ALICE, asset: 'USDT', amount: 25, time: new Date(3_000) };
    expect(await other.transfer(id(90))).toEqual([{ ...common, what: 'in', otherPartition: 0, reason: null }]);
    expect(await ledger.transfer(id(90))).toEqual([{ ...common, what: 'refused', otherPartition: null, reason: 'insufficient_funds' }]);
    expect(await ledger.transfer(id(91))).toEqual([]);
  });

  test('the role cannot write', async () => {
    for (const statement of ['DELETE FROM ledger.orders', 'UPDATE ledger.balances SET free = 1', 'INSERT INTO ledger.partitions (partition) VALUES (9)']) {
      await expect(pool.query(statement)).rejects.toThrow('permission denied');
    }
  });

  test('a ledger that cannot be reached is 503', async () => {
    const away = new PostgresLedgerReader(new Pool({ host: '127.0.0.1', port: 1, user: 'api' }), 0);
    await expect(away.balances(ALICE)).rejects.toMatchObject({ status: 503, code: 'ledger_unavailable' });
  });
});
