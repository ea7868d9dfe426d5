import fc from 'fast-check';
import {
  ACCOUNT_KINDS, BATCH_OVERHEAD, CANCEL_REASONS, CorruptDataError, decodeCommandBatch, decodeEventRun, encodeCommand, encodeCommandBatch,
  encodeEventRun, openCommandBatch, ORDER_TYPES, REJECTIONS, SELF_TRADE_PREVENTIONS, TIMES_IN_FORCE, TRADING_STATES, type Command,
  type Event, type InstrumentSpec,
} from '..';

const nat = fc.maxSafeNat();
const uuid = fc.uuid();
const text = fc.string({ maxLength: 36, unit: 'binary' });
const ascii = (maxLength: number): fc.Arbitrary<string> => fc.string({ maxLength, unit: 'grapheme-ascii' });
const u16 = fc.nat(0xffff);
const side = fc.constantFrom('buy' as const, 'sell' as const);
const accountKind = fc.constantFrom(...ACCOUNT_KINDS);
const state = fc.constantFrom(...TRADING_STATES);
const asset = fc.record({ code: text, decimals: fc.nat(12) });
const noNull = { noNullPrototype: true };
const instrument: fc.Arbitrary<InstrumentSpec> = fc.record({
  symbol: text, base: asset, quote: asset, tickSize: text, lotSize: text, version: nat,
  rules: fc.record({ makerFeePpm: nat, minNotional: text }, { requiredKeys: [], ...noNull }),
}, { requiredKeys: ['symbol', 'base', 'quote', 'tickSize', 'lotSize', 'version'] });
const digest = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const is = <T extends string>(type: T) => fc.constant(type);
const request = {
  orderId: uuid, accountId: uuid, clientOrderId: ascii(36), symbol: ascii(16), side, orderType: fc.constantFrom(...ORDER_TYPES),
  timeInForce: fc.constantFrom(...TIMES_IN_FORCE), postOnly: fc.boolean(), selfTradePrevention: fc.constantFrom(...SELF_TRADE_PREVENTIONS),
  priceTicks: nat, triggerTicks: fc.oneof(nat, fc.constant(0)), quantityLots: nat, quoteBudget: fc.oneof(nat, fc.constant(0)), digest,
};
const deposit = { depositId: uuid, accountId: uuid, asset: text, amount: nat };
const funds = fc.array(fc.record({ asset: text, amount: nat }, noNull), { maxLength: 4 });
const transfer = { transferId: uuid, accountId: uuid, asset: text, amount: nat };

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: is('place_order'), time: nat, ...request }, noNull),
  fc.record({ type: is('place_oco'), time: nat, listId: uuid, resting: fc.record(request, noNull), waiting: fc.record(request, noNull) }, noNull),
  fc.record({ type: is('cancel_order'), time: nat, orderId: uuid, accountId: uuid, clientOrderId: ascii(36) }, noNull),
  fc.record({ type: is('cancel_all'), time: nat, accountId: uuid, symbol: text }, noNull),
  fc.record({ type: is('amend_order'), time: nat, amendId: uuid, orderId: uuid, accountId: uuid, priceTicks: nat, quantityLots: nat }, noNull),
  fc.record({ type: is('configure_instrument'), time: nat, instrument }, noNull),
  fc.record({ type: is('set_trading_state'), time: nat, symbol: text, state }, noNull),
  fc.record({ type: is('configure_account'), time: nat, accountId: uuid, kind: accountKind, killed: fc.boolean() }, noNull),
  fc.record({ type: is('set_mark_price'), time: nat, symbol: text, priceTicks: nat }, noNull),
  fc.record({ type: is('deposit'), time: nat, ...deposit }, noNull),
  fc.record({ type: is('transfer_out'), time: nat, ...transfer, toPartition: u16 }, noNull),
  fc.record({ type: is('transfer_in'), time: nat, ...transfer, fromPartition: u16 }, noNull),
  fc.record({ type: is('upgrade'), time: nat, version: u16 }, noNull),
  fc.record({ type: is('open_account'), time: nat, accountId: uuid, funds }, noNull),
  fc.record({ type: is('reset_account'), time: nat, resetId: uuid, accountId: uuid, funds }, noNull),
);

const reason = fc.constantFrom(...REJECTIONS);
const terms = { ...request, clientOrderId: text, symbol: text, listId: uuid };
const trade = {
  symbol: text, priceTicks: nat, quantityLots: nat, takerSide: side, makerOrderId: uuid, makerAccountId: uuid, makerRemainingLots: nat,
  takerOrderId: uuid, takerAccountId: uuid, takerRemainingLots: nat, baseAsset: text, baseAmount: nat, quoteAsset: text, quoteAmount: nat,
  buyerHeld: nat, sellerHeld: nat, buyerFee: nat, sellerFee: nat,
};
const amended = {
  amendId: uuid, orderId: uuid, accountId: uuid, symbol: text, priceTicks: nat, quantityLots: nat, remainingLots: nat, keepsPriority: fc.boolean(),
  heldAsset: text, heldDelta: fc.maxSafeInteger(),
};
type Bare<E = Event> = E extends Event ? Omit<E, 'partition' | 'seq'> : never;
const event: fc.Arbitrary<Bare> = fc.oneof(
  fc.record({ type: is('instrument_configured'), time: nat, instrument }, noNull),
  fc.record({ type: is('trading_state_set'), time: nat, symbol: text, state }, noNull),
  fc.record({ type: is('account_configured'), time: nat, accountId: uuid, kind: accountKind, killed: fc.boolean() }, noNull),
  fc.record({ type: is('mark_price_set'), time: nat, symbol: text, priceTicks: nat }, noNull),
  fc.record({ type: is('deposited'), time: nat, ...deposit }, noNull),
  fc.record({ type: is('deposit_rejected'), time: nat, ...deposit, reason }, noNull),
  fc.record({ type: is('transferred_out'), time: nat, ...transfer, toPartition: u16 }, noNull),
  fc.record({ type: is('transferred_in'), time: nat, ...transfer, fromPartition: u16 }, noNull),
  fc.record({ type: is('transfer_rejected'), time: nat, ...transfer, reason, direction: fc.constantFrom('out' as const, 'in' as const) }, noNull),
  fc.record({ type: is('order_accepted'), time: nat, ...terms, heldAsset: text, heldAmount: nat }, noNull),
  fc.record({ type: is('order_rejected'), time: nat, ...terms, reason }, noNull),
  fc.record({ type: is('order_duplicate'), time: nat, orderId: uuid, originalOrderId: uuid, accountId: uuid, clientOrderId: text, listId: uuid }, noNull),
  fc.record({ type: is('order_triggered'), time: nat, orderId: uuid, accountId: uuid, symbol: text, priceTicks: nat }, noNull),
  fc.record({ type: is('order_amended'), time: nat, ...amended }, noNull),
  fc.record({ type: is('amend_rejected'), time: nat, amendId: uuid, orderId: uuid, accountId: uuid, reason }, noNull),
  fc.record({ type: is('trade'), time: nat, ...trade }, noNull),
  fc.record({
    type: is('order_cancelled'), time: nat, orderId: uuid, accountId: uuid, symbol: text, reason: fc.constantFrom(...CANCEL_REASONS),
    remainingLots: nat, releasedAsset: text, releasedAmount: nat,
  }, noNull),
  fc.record({ type: is('cancel_rejected'), time: nat, orderId: uuid, accountId: uuid, reason }, noNull),
  fc.record({ type: is('upgraded'), time: nat, version: u16 }, noNull),
  fc.record({ type: is('account_opened'), time: nat, accountId: uuid, funds }, noNull),
  fc.record({
    type: is('account_reset'), time: nat, resetId: uuid, accountId: uuid,
    balances: fc.array(fc.record({ asset: text, before: nat, after: nat }, noNull), { maxLength: 4 }),
  }, noNull),
  fc.record({ type: is('account_refused'), time: nat, resetId: uuid, accountId: uuid, reason }, noNull),
);
const partition = fc.nat(0xffff);

/** A run as the core numbers it. */
const run = fc.tuple(partition, nat, fc.integer({ min: 1, max: 2 ** 40 }), fc.array(event, { minLength: 1, maxLength: 6 }))
  .map(([p, epoch, first, events]) => ({ partition: p, epoch, events: events.map((e, i) => ({ ...e, partition: p, seq: first + i }) as Event) }));

test('a batch of commands survives the journal', () => {
  fc.assert(fc.property(partition, fc.array(command, { maxLength: 6 }), (p, commands) => {
    const encoded = commands.map(encodeCommand);
    const frame = encodeCommandBatch(p, encoded);
    expect(frame.length).toBe(BATCH_OVERHEAD + encoded.reduce((sum, { length }) => sum + length, 0));
    expect(decodeCommandBatch(frame)).toEqual({ partition: p, commands });
    expect(openCommandBatch(frame)).toEqual({ partition: p, count: commands.length, firstByte: BATCH_OVERHEAD, endByte: frame.length });
    // So that a reader can take it as words.
    expect(encoded.map(({ length }) => length % 4)).toEqual(encoded.map(() => 0));
  }));
});

test('a run of events survives the queue', () => {
  fc.assert(fc.property(run, (sent) => expect(decodeEventRun(encodeEventRun(sent))).toEqual(sent)));
});

/** Every single-bit flip and every truncation of a frame. */
function* damaged(frame: Buffer): Generator<[string, Buffer]> {
  for (let size = 0; size < frame.length; size++) yield [`cut to ${size} bytes`, frame.subarray(0, size)];
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const copy = Buffer.from(frame);
    copy[bit >> 3] ^= 1 << (bit & 7);
    yield [`bit ${bit} flipped`, copy];
  }
  yield ['a byte too many', Buffer.concat([frame, Buffer.of(0)])];
}

function undetected(frame: Buffer, decode: (data: Uint8Array) => unknown): string[] {
  return Array.from(damaged(frame)).filter(([, data]) => {
    try {
      decode(data);
      return true;
    } catch (error) {
      return !(error instanceof CorruptDataError);
    }
  }).map(([what]) => what);
}

test('no damage to a frame of commands goes unnoticed', () => {
  fc.assert(fc.property(partition, fc.array(command, { minLength: 1, maxLength: 2 }), (p, commands) => {
    expect(undetected(encodeCommandBatch(p, commands.map(encodeCommand)), decodeCommandBatch)).toEqual([]);
  }), { numRuns: 15 });
});

test('no damage to a run of events goes unnoticed', () => {
  fc.assert(fc.property(run, (sent) => expect(undetected(encodeEventRun(sent), decodeEventRun)).toEqual([])), { numRuns: 10 });
});

test('a frame of the other kind, an empty run and a gap are refused', () => {
  const [events] = fc.sample(run.filter((r) => r.events.length > 1), { numRuns: 1, seed: 1 });
  expect(() => decodeCommandBatch(encodeEventRun(events))).toThrow(/expected a command batch, found a frame of kind 0xe1/);
  expect(() => decodeEventRun(encodeEventRun({ ...events, events: [] }))).toThrow(/empty/);
  const gap = events.events.map((e, i) => ({ ...e, seq: e.seq + i }));
  expect(() => decodeEventRun(encodeEventRun({ ...events, events: gap }))).toThrow(/does not continue the run/);
});

test('a value that has no place on the wire is refused when it is written', () => {
  const base = { type: 'deposit', time: 1, depositId: '00000000-0000-4000-8000-000000000000', accountId: '00000000-0000-4000-8000-000000000001', asset: 'X' } as const;
  expect(() => encodeCommand({ ...base, amount: 2 ** 53 })).toThrow(/not a non-negative safe integer/);
  expect(() => encodeCommand({ ...base, amount: -1 })).toThrow(/not a non-negative safe integer/);
  expect(() => encodeCommand({ ...base, amount: 1.5 })).toThrow(/not a non-negative safe integer/);
  expect(() => encodeCommand({ ...base, amount: 1, accountId: 'me' })).toThrow(/not a lower-case UUID/);
  const cancel = { type: 'cancel_order', time: 1, orderId: base.depositId, accountId: base.accountId } as const;
  expect(() => encodeCommand({ ...cancel, clientOrderId: 'x'.repeat(37) })).toThrow(/at most 36 printable ASCII characters/);
  expect(() => encodeCommand({ ...cancel, clientOrderId: 'é' })).toThrow(/printable ASCII/);
});
