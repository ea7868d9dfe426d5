import { Api } from './api';
import { PrivateData } from './private-data';
import { FIRST, type ScreenState } from './state';
import { Store } from '../core/store';

/** A ledger that follows the venue at the pace of a test. */
class Ledger {
  seq = 10;
  /** What the venue has published. */
  published = 10;
  orders: { orderId: string; symbol: string; side: string; status: string; remaining?: string }[] = [];
  total = '100';
  readonly asked: string[] = [];

  answer(path: string): object {
    this.asked.push(path);
    const asOf = { asOf: this.seq, asOfTime: 1_000 + this.seq };
    if (path.startsWith('/v1/status')) return { ledger: { seq: this.seq }, settlementLag: this.published - this.seq };
    if (path.startsWith('/v1/orders/')) return this.orders.find(({ orderId }) => path.endsWith(orderId))!;
    if (path.startsWith('/v1/orders')) {return { ...asOf, orders: path.includes('status=open') ? this.orders.filter(({ status }) => status === 'open') : [] };}
    if (path.startsWith('/v1/fills')) return { ...asOf, fills: [] };
    if (path.startsWith('/v1/portfolio')) return { ...asOf, balances: [{ asset: 'USDT', free: this.total, held: '0', total: this.total }] };
    return { ...asOf, positions: [] };
  }
}

let ledger: Ledger;
let store: Store<ScreenState>;
let account: PrivateData;

beforeEach(() => {
  ledger = new Ledger();
  store = new Store<ScreenState>({ ...FIRST, link: 'catching-up', session: { username: 'alice', token: 't', expiresAt: Infinity } }, (work) =>
    work(),
  );
  account = new PrivateData(
    new Api(
      (path) => Promise.resolve(new Response(JSON.stringify(ledger.answer(path)))),
      () => 't',
    ),
    store,
    () => false,
  );
});

afterEach(() => store.setNow({ link: 'lost' }));

const settled = () => new Promise((done) => setTimeout(done, 30));

test('is behind until the ledger has what the market had', async () => {
  ledger.published = 14;
  const caughtUp = account.catchUp();
  await settled();
  expect(store.now).toMatchObject({ behind: true });
  ledger.seq = 14;
  ledger.total = '90';
  await caughtUp;
  expect(store.now).toMatchObject({ behind: false, account: { balances: [{ total: '90' }], asOfTime: 1_014 } });
});

test('balances change together with what they include: never from an answer that is older than a known event', async () => {
  await account.catchUp();
  account.take({ event: 'accepted', seq: 20, time: 1, orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'open', remaining: '1' });
  expect(store.now).toMatchObject({ behind: true, orders: [{ orderId: 'a', status: 'open' }] });
  ledger.seq = 19;
  ledger.total = '95';
  await settled();
  expect(store.now).toMatchObject({ behind: true, account: { balances: [{ total: '100' }] } });
  ledger.seq = 20;
  ledger.total = '80';
  ledger.orders = [{ orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'open', remaining: '1' }];
  await new Promise((done) => setTimeout(done, 400));
  expect(store.now).toMatchObject({ behind: false, account: { balances: [{ total: '80' }] } });
});

test('an order that ended unheard is asked for', async () => {
  ledger.orders = [{ orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'open', remaining: '1' }];
  await account.catchUp();
  expect(store.now.orders).toMatchObject([{ status: 'open' }]);
  ledger.seq = ledger.published = 30;
  ledger.orders = [{ orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'filled', remaining: '0' }];
  await account.catchUp();
  expect(store.now.orders).toMatchObject([{ status: 'filled', remaining: '0' }]);
  expect(ledger.asked).toContain('/v1/orders/a');
});

test('goes on after the last message of each partition', () => {
  expect(account.after()).toEqual({});
  account.take({ event: 'accepted', seq: 7, partition: 2, time: 1, orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'open' });
  expect(account.after()).toEqual({ orders: { 2: 7 } });
});

test('what another user had is gone', async () => {
  ledger.orders = [{ orderId: 'a', symbol: 'BTCUSDT', side: 'buy', status: 'open' }];
  await account.catchUp();
  account.clear();
  ledger.orders = [];
  await account.catchUp();
  expect(store.now.orders).toEqual([]);
});
