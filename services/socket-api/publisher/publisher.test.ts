import { textsOf } from './messages';
import { Publisher } from './publisher';
import { ConnectionTable } from '../../adapters/connections/connection-table';
import type { TradeRecord } from '../../adapters/trade-stream/trade-record';
import { startTestTables, type TestTables } from '../testing/tables';

const account = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
let tables: TestTables;
let connections: ConnectionTable;
let posted: [string, { channel: string; data: Record<string, unknown> | Record<string, unknown>[] }][] = [];
let fate: (connectionId: string) => 'sent' | 'gone' | Error = () => 'sent';
let publisher: Publisher;
const dropped: number[] = [];

beforeAll(async () => {
  tables = await startTestTables();
  connections = new ConnectionTable(tables.client, 'connections');
  publisher = new Publisher(connections, async (id, text) => {
    const outcome = fate(id);
    if (outcome instanceof Error) throw outcome;
    if (outcome === 'sent') posted.push([id, JSON.parse(text) as never]);
    return outcome;
  }, { warn: () => undefined, info: (fields: { dropped: number }) => { dropped.push(fields.dropped); } } as never);
});
afterAll(() => tables?.stop());
beforeEach(() => {
  posted = [];
  dropped.length = 0;
  fate = () => 'sent';
});

let ids = 0;
async function listener(accountId: string, channels: string[], authorizedUntil = Date.now() + 60_000): Promise<string> {
  const connectionId = `c${++ids}`;
  await connections.add({ connectionId, accountId, authorizedUntil });
  await connections.subscribe(connectionId, channels);
  return connectionId;
}

function trade(seq: number, symbol: string, maker: string, taker: string, price = '1.5'): TradeRecord {
  const party = (accountId: string, side: 'buy' | 'sell') => ({ accountId, orderId: `order-of-${accountId}`, side, remaining: '0', fee: '0.1', feeAsset: 'USDT' });
  return {
    tradeId: `0-${seq}`, partition: 0, seq, symbol, time: '2026-01-02T03:04:05.006Z', price, quantity: '2', quoteAmount: '3', takerSide: 'buy',
    maker: party(maker, 'sell'), taker: party(taker, 'buy'),
  };
}

test('each party hears of its own fill, everybody else of what they asked for', async () => {
  const [maker, taker] = [account(1), account(2)];
  const makers = await listener(maker, [`orders.${maker}`]);
  const takers = await listener(taker, [`orders.${taker}`, 'trades.AAUSDT']);
  const reader = await listener(account(3), ['ticker.AAUSDT', `orders.${account(3)}`]);
  await publisher.publish([trade(1, 'AAUSDT', maker, taker, '1.5'), trade(2, 'AAUSDT', maker, taker, '1.6'), trade(3, 'BBUSDT', account(8), account(9))]);
  const heard = (id: string) => posted.filter(([to]) => to === id)
    .map(([, { channel, data }]) => [channel, ...[data].flat().map(({ tradeId, lastPrice }) => tradeId ?? lastPrice)]);
  // One message for all that a channel has to say, in the order in which it happened.
  expect(heard(makers)).toEqual([['orders', '0-1', '0-2']]);
  expect(heard(takers)).toEqual([['trades.AAUSDT', '0-1', '0-2'], ['orders', '0-1', '0-2']]);
  expect(heard(reader)).toEqual([['ticker.AAUSDT', '1.6']]);
  const [, { data: fills }] = posted.find(([to]) => to === makers)!;
  expect((fills as object[])[0]).toEqual({
    event: 'fill', tradeId: '0-1', seq: 1, time: '2026-01-02T03:04:05.006Z', orderId: `order-of-${maker}`, symbol: 'AAUSDT', side: 'sell', remaining: '0',
    fill: { price: '1.5', quantity: '2', liquidity: 'maker', fee: '0.1', feeAsset: 'USDT' },
  });
  // Nobody is told who the other one was.
  expect(JSON.stringify(posted)).not.toMatch(new RegExp(`trades.AAUSDT[^}]*${maker}`));
});

test('one thing is told as it is, and what does not fit one message comes in several', () => {
  const data = (n: number) => ({ channel: 'trades.AAUSDT', data: JSON.stringify({ n }) });
  expect(textsOf([data(1)])).toEqual(['{"channel":"trades.AAUSDT","data":{"n":1}}']);
  const texts = textsOf([data(1), { channel: `orders.${account(1)}`, data: '{}' }, data(2), data(3)], 16);
  expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual([
    { channel: 'trades.AAUSDT', data: [{ n: 1 }, { n: 2 }] }, { channel: 'trades.AAUSDT', data: { n: 3 } }, { channel: 'orders', data: {} },
  ]);
});

test('who came in with a token that has expired hears prices and no fills', async () => {
  const one = account(11);
  const id = await listener(one, [`orders.${one}`, 'ticker.CCUSDT'], Date.now() - 1);
  await publisher.publish([trade(1, 'CCUSDT', one, account(12))]);
  expect(posted).toEqual([[id, expect.objectContaining({ channel: 'ticker.CCUSDT' })]]);
});

test('a connection that is gone is forgotten; one that cannot be told keeps nobody from hearing', async () => {
  const one = account(21);
  const gone = await listener(one, [`orders.${one}`, 'trades.DDUSDT']);
  const slow = await listener(one, [`orders.${one}`]);
  const well = await listener(one, [`orders.${one}`]);
  fate = (id) => (id === gone ? 'gone' : id === slow ? new Error('LimitExceeded') : 'sent');
  await publisher.publish([trade(1, 'DDUSDT', one, account(22))]);
  expect(posted.map(([to]) => to)).toEqual([well]);
  expect(dropped).toEqual([3]);
  expect(await connections.find(gone)).toBeUndefined();
  expect(await connections.listeners('trades.DDUSDT')).toEqual([]);
  expect(await connections.find(slow)).toBeDefined();
});
