import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from './support/system';
import { LedgerAudit } from '../../bench/lib/ledger';
import { ApiSetup, type SignedIn } from '../../bench/lib/traders';
import { prepareAssembly } from '../../local/cli/assembly';
import { type Platform, startPlatform } from '../../local/platform';
import { PROJECT_ROOT } from '../../local/servers/environment';

// The template of an exchange with two partitions, as it runs here: whatever is not wired to both of them shows.
const data = mkdtempSync(join(tmpdir(), 'gateway-partitions-'));
let platform: Platform;
let api: ApiSetup;
let audit: LedgerAudit;
let traders: SignedIn[];

beforeAll(async () => {
  const assembly = await prepareAssembly({
    name: 'TwoPartitions', app: 'test/system/support/two-partition-gateway.ts', data,
    assembly: join(PROJECT_ROOT, 'cdk.out.two-partitions'),
  }, () => undefined);
  platform = await startPlatform({ assembly, data: join(data, 'run'), onReport: () => undefined });
  const { baseUrl, databaseUrl } = platform.describe();
  api = new ApiSetup(baseUrl);
  audit = await LedgerAudit.connect(databaseUrl!);
  traders = await Promise.all(platform.users.filter(({ role }) => role === 'trader').map((user) => api.signIn(user)));
}, 240_000);

afterAll(async () => {
  api?.close();
  await audit?.close();
  await platform?.stop();
  rmSync(data, { recursive: true, force: true });
}, 60_000);

interface Wallet { readonly asset: string; readonly partition: number; readonly free: string }
interface Accepted { readonly orderId: string; readonly partition: number }

const order = (who: number, body: object): Promise<Accepted> => (
  api.call<Accepted>('POST', '/v1/orders', { type: 'limit', timeInForce: 'gtc', ...body }, traders[who].token));

test('everybody begins with play money where each instrument trades', async () => {
  for (const { token } of traders) {
    const { balances } = await until('the deposits are in the ledger', async () => {
      const answer = await api.call<{ balances: Wallet[] }>('GET', '/v1/portfolio', undefined, token);
      return answer.balances.length >= 4 ? answer : undefined;
    });
    expect(balances.map(({ asset, partition, free }) => `${asset}@${partition} ${free}`).sort()).toEqual(
      ['BTC@0 100', 'ETH@1 100', 'USDT@0 1000000', 'USDT@1 1000000']);
  }
});

test('orders cross in each partition, through API Gateway into the ledger', async () => {
  for (const [symbol, partition] of [['BTCUSDT', 0], ['ETHUSDT', 1]] as const) {
    const terms = { symbol, price: '2500.5', quantity: '0.5' };
    const placed = [await order(0, { ...terms, side: 'sell' }), await order(1, { ...terms, side: 'buy' })];
    expect(placed.map((one) => one.partition)).toEqual([partition, partition]);
    const ids = placed.map(({ orderId }) => orderId);
    await until(`both orders in ${symbol} are filled`, async () => {
      const rows = await audit.rows<{ partition: number }>('SELECT partition FROM ledger.fills WHERE order_id = ANY($1::uuid[])', [ids]);
      return rows.length === 2 && rows.every((row) => row.partition === partition) ? true : undefined;
    });
  }
  expect(await audit.violations()).toEqual([]);
});

test('the matchers of both partitions answer for books that the cache has lost', async () => {
  const { redis: { url, token } = { url: '', token: '' }, caFile } = platform.describe();
  const { hostname, port } = new URL(url);
  const redis = new Redis({ host: hostname, port: Number(port), password: token, tls: { ca: readFileSync(caFile) } });
  for (const symbol of ['BTCUSDT', 'ETHUSDT']) {
    const { orderId } = await order(0, { symbol, side: 'buy', price: '1000.1', quantity: '1' });
    await until('the order rests', async () => ((await audit.rows("SELECT 1 FROM ledger.orders WHERE order_id = $1 AND status = 'open'", [orderId])).length === 1 ? true : undefined));
    // Nobody writes the book again before it changes.
    await redis.del(`last:book.${symbol}`);
    const { bids } = await api.call<{ bids: [string, string][] }>('GET', `/v1/book/${symbol}`, undefined, traders[0].token);
    expect(bids).toEqual([['1000.1', '1']]);
  }
  redis.disconnect();
});

test('funds move from one partition to the other, through API Gateway', async () => {
  const [{ token }] = traders;
  const ask = { asset: 'USDT', amount: '1000', fromPartition: 0, toPartition: 1 };
  const { transferId } = await api.call<{ transferId: string }>('POST', '/v1/transfers', ask, token);
  await until('the transfer has arrived', async () => {
    // Unknown until the ledger has its first half.
    const found = await api.call<{ status: string }>('GET', `/v1/transfers/${transferId}`, undefined, token).catch(() => undefined);
    return found?.status === 'completed' ? true : undefined;
  });
});
