import { createCore, restoreCore } from '.';
import { account, BTC, cancel, deposit, id, oco, PARTITION, place, WINDOW_MS } from './test-commands';
import { apply, balance, funded, story } from './testing-core';
import {
  CorruptDataError, encodeCommand, encodeCommandBatch, EXTERNAL_ACCOUNT, FEE_ACCOUNT, NIL_UUID,
  type Command, type Core, type Funds, type TradingState,
} from '../../domain';

const START: readonly Funds[] = [{ asset: 'USDT', amount: 1_000_000 }];
const open = (accountNo: number, funds = START): Command => ({ type: 'open_account', time: 1_000, accountId: account(accountNo), funds });
const reset = (n: number, accountId: string, funds = START, time = 1_000): Command => ({ type: 'reset_account', time, resetId: id(7, n), accountId, funds });
const state = (symbol: string, to: TradingState): Command => ({ type: 'set_trading_state', time: 1_000, symbol, state: to });
const configure = (accountNo: number, kind: 'customer' | 'house', killed = false): Command => (
  { type: 'configure_account', time: 1_000, accountId: account(accountNo), kind, killed });
const fresh = (): Core => {
  const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
  core.apply({ type: 'configure_instrument', time: 1_000, instrument: BTC });
  return core;
};
/** Far beyond the idempotency window. */
const muchLater = (command: Command): Command => ({ ...command, time: 1_000 + 100 * WINDOW_MS });

describe('an opening', () => {
  test('gives an account what it begins with beside what it has, once for ever, whatever else is asked for', () => {
    const core = funded();
    expect(apply(core, open(1), open(8))).toEqual([
      { type: 'account_opened', partition: PARTITION, seq: 6, time: 1_000, accountId: account(1), funds: START },
      { type: 'account_opened', partition: PARTITION, seq: 7, time: 1_000, accountId: account(8), funds: START },
    ]);
    expect([balance(core, 1, 'USDT'), balance(core, 8, 'USDT')]).toEqual([[11_000_000, 0], [1_000_000, 0]]);
    expect(apply(core, open(1), muchLater(open(1)), open(1, [{ asset: 'BTC', amount: 5 }]))).toEqual([]);
    expect(apply(restoreCore(core.snapshot(), PARTITION), open(8))).toEqual([]);
  });

  test('without funds is one as well; an operator\'s word on the account does not make it forget', () => {
    const core = fresh();
    expect(story(apply(core, open(5, []), configure(5, 'house'), configure(5, 'customer'), open(5)))).toEqual([
      'account_opened', 'account_configured', 'account_configured',
    ]);
  });

  test('that is refused may be asked for again', () => {
    const core = fresh();
    expect(story(apply(core, open(1, [{ asset: 'XRP', amount: 1 }]), open(1, [...START, ...START]), open(1, [{ asset: 'USDT', amount: 0 }]), configure(1, 'house'), open(1)))).toEqual([
      'account_refused: unknown_asset', 'account_refused: invalid_quantity', 'account_refused: invalid_quantity', 'account_configured', 'account_refused: not_a_customer',
    ]);
    expect(story(apply(core, configure(1, 'customer', true), open(1), configure(1, 'customer'), open(1)))).toEqual([
      'account_configured', 'account_refused: account_killed', 'account_configured', 'account_opened',
    ]);
    const most = [{ asset: 'USDT', amount: Number.MAX_SAFE_INTEGER }];
    expect(apply(core, open(2, most))).toMatchObject([{ type: 'account_refused', resetId: NIL_UUID, accountId: account(2), reason: 'out_of_range' }]);
  });
});

describe('a reset', () => {
  test('ends every order, in the order of their arrival, and leaves exactly the starting funds', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 3), place(2, 1, 'buy', 0, 2, { orderType: 'stop_loss', triggerTicks: 900 }), oco(3, 1, 'sell', 4, { limit: 120, stop: 50 }),
      place(9, 2, 'buy', 100, 1));
    expect(balance(core, 1, 'BTC')).toEqual([100_000_000 - 70_000, 60_000]);
    const events = apply(core, reset(1, account(1)));
    expect(story(events)).toEqual([
      'order_cancelled: account_reset', 'order_cancelled: account_reset', 'order_cancelled: account_reset', 'order_cancelled: list', 'account_reset',
    ]);
    expect(events.at(-1)).toMatchObject({
      resetId: id(7, 1), accountId: account(1),
      balances: [{ asset: 'BTC', before: 99_990_000, after: 0 }, { asset: 'USDT', before: 10_001_000, after: 1_000_000 }],
    });
    expect(core.balances().filter(({ accountId }) => accountId === account(1))).toEqual([{ accountId: account(1), asset: 'USDT', free: 1_000_000, held: 0 }]);
    expect(core.orders('BTCUSDT')).toEqual({ bids: [], asks: [], falling: [], rising: [] });
    // The other party keeps what it bought; the account trades on.
    expect(balance(core, 2, 'BTC')).toEqual([100_010_000, 0]);
    expect(story(apply(core, place(20, 1, 'buy', 10, 5), cancel(1, 1)))).toEqual(['order_accepted', 'cancel_rejected: unknown_order']);
  });

  test('of the same id has one effect, for ever and over a snapshot; another one has its own', () => {
    const core = funded();
    apply(core, reset(1, account(1)), deposit(80, 1, 'USDT', 7));
    expect(apply(core, reset(1, account(1)), reset(1, account(2)), muchLater(reset(1, account(1))))).toEqual([]);
    const restored = restoreCore(core.snapshot(), PARTITION);
    expect(apply(restored, reset(1, account(1)))).toEqual([]);
    expect(balance(restored, 1, 'USDT')).toEqual([1_000_007, 0]);
    expect(apply(restored, reset(2, account(1)), reset(3, account(1)))).toMatchObject([
      { type: 'account_reset', balances: [{ asset: 'USDT', before: 1_000_007, after: 1_000_000 }] },
      { type: 'account_reset', balances: [{ asset: 'USDT', before: 1_000_000, after: 1_000_000 }] },
    ]);
  });

  test('of an account that nobody has seen begins it: nobody gets the same a second time by opening it', () => {
    const core = fresh();
    expect(story(apply(core, reset(1, account(9)), open(9)))).toEqual(['account_reset']);
    expect(balance(core, 9, 'USDT')).toEqual([1_000_000, 0]);
  });

  test('is refused as a whole: to houses, to killed accounts, in a market that is halted', () => {
    const core = funded();
    apply(core, place(1, 1, 'sell', 100, 3));
    expect(story(apply(core, state('BTCUSDT', 'halted'), reset(1, account(1)), reset(2, account(2))))).toEqual([
      'trading_state_set', 'account_refused: instrument_not_open', 'account_reset',
    ]);
    expect(story(apply(core, state('BTCUSDT', 'open'), state('', 'halted'), reset(1, account(1)), reset(3, account(2)), state('', 'cancel_only')))).toEqual([
      'trading_state_set', 'trading_state_set', 'account_refused: venue_not_open', 'account_refused: venue_not_open', 'trading_state_set',
    ]);
    expect(balance(core, 1, 'BTC')).toEqual([99_970_000, 30_000]);
    expect(story(apply(core, configure(2, 'house'), reset(4, account(2)), configure(2, 'house', true), configure(2, 'customer', true), reset(4, account(2)),
      reset(5, FEE_ACCOUNT), reset(6, EXTERNAL_ACCOUNT), reset(7, account(1), [{ asset: 'XRP', amount: 1 }])))).toEqual([
      'account_configured', 'account_refused: not_a_customer', 'account_configured', 'account_configured', 'account_refused: account_killed',
      'account_refused: not_a_customer', 'account_refused: not_a_customer', 'account_refused: unknown_asset',
    ]);
    // What was refused is done when it can be.
    expect(story(apply(core, reset(1, account(1))))).toEqual(['order_cancelled: account_reset', 'account_reset']);
  });

  test('keeps the total of an asset in range', () => {
    const core = fresh();
    const most = Number.MAX_SAFE_INTEGER;
    apply(core, deposit(1, 1, 'USDT', most - 5), deposit(2, 2, 'USDT', 5));
    expect(story(apply(core, reset(1, account(2), [{ asset: 'USDT', amount: 6 }]), reset(2, account(2), [{ asset: 'USDT', amount: 5 }])))).toEqual([
      'account_refused: out_of_range', 'account_reset',
    ]);
    expect(story(apply(core, reset(3, account(1), []), reset(4, account(2), [{ asset: 'USDT', amount: most }])))).toEqual(['account_reset', 'account_reset']);
  });
});

describe('the version', () => {
  test('before it, both do nothing and leave no trace; the upgrade lets them in', () => {
    const core = funded(undefined, { supportedVersion: 2 });
    const before = core.stateHash();
    expect(apply(core, open(1), reset(1, account(1)))).toEqual([]);
    expect(core.stateHash()).toBe(before);
    const newer = restoreCore(core.snapshot(), PARTITION);
    expect(story(apply(newer, open(1), { type: 'upgrade', time: 1_000, version: 3 }, open(1), reset(1, account(1))))).toEqual(['upgraded', 'account_opened', 'account_reset']);
  });

  // Taken from a build that knew of neither: what was written then is read, replayed and hashed as it was.
  const EARLIER_HASH = '06ffe40e7033369a15c6724d9eaa2aab8f30a25729c852974a6fcb8c24c2aa3f';

  test('a journal of before still leads to the hash that it led to', () => {
    const commands: Command[] = [
      { type: 'upgrade', time: 900, version: 2 }, { type: 'configure_instrument', time: 1_000, instrument: BTC },
      deposit(1, 1, 'USDT', 10_000_000), deposit(2, 2, 'BTC', 100_000_000), place(1, 1, 'buy', 100, 5), place(2, 2, 'sell', 100, 2),
      oco(3, 2, 'sell', 4, { limit: 120, stop: 50 }), configure(2, 'house'), cancel(1, 1, 1_500),
    ];
    const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });
    core.replay(encodeCommandBatch(PARTITION, commands.map(encodeCommand)));
    expect(core.stateHash()).toBe(EARLIER_HASH);
  });
});

test('a snapshot that counts a reset twice is not one', () => {
  const core = funded();
  apply(core, reset(1, account(1)));
  const snapshot = core.snapshot();
  expect(() => restoreCore(snapshot.subarray(0, snapshot.length - 4), PARTITION)).toThrow(CorruptDataError);
});
