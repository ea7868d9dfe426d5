import fc from 'fast-check';
import {
  BATCH_OVERHEAD, CANCEL_REASONS, CorruptDataError, decodeCommandBatch, decodeEventRun, encodeCommand, encodeCommandBatch, encodeEventRun,
  REJECTIONS, type Command, type Event, type InstrumentSpec,
} from '..';

const nat = fc.maxSafeNat();
const uuid = fc.uuid();
const text = fc.string({ maxLength: 36, unit: 'binary' });
const side = fc.constantFrom('buy' as const, 'sell' as const);
const orderType = fc.constantFrom('limit' as const, 'market' as const);
const timeInForce = fc.constantFrom('gtc' as const, 'ioc' as const);
const asset = fc.record({ code: text, decimals: fc.nat(12) });
const instrument: fc.Arbitrary<InstrumentSpec> = fc.record({ symbol: text, base: asset, quote: asset, tickSize: text, lotSize: text, version: nat });
const digest = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const is = <T extends string>(type: T) => fc.constant(type);
const noNull = { noNullPrototype: true };
const terms = {
  orderId: uuid, accountId: uuid, clientOrderId: text, symbol: text, side, orderType, timeInForce, priceTicks: nat, quantityLots: nat,
};

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ type: is('place_order'), time: nat, digest, ...terms }, noNull),
  fc.record({ type: is('cancel_order'), time: nat, orderId: uuid, accountId: uuid }, noNull),
  fc.record({ type: is('configure_instrument'), time: nat, instrument }, noNull),
  fc.record({ type: is('deposit'), time: nat, depositId: uuid, accountId: uuid, asset: text, amount: nat }, noNull),
);

const reason = fc.constantFrom(...REJECTIONS);
const deposit = { depositId: uuid, accountId: uuid, asset: text, amount: nat };
type Bare<E = Event> = E extends Event ? Omit<E, 'partition' | 'seq'> : never;
const event: fc.Arbitrary<Bare> = fc.oneof(
  fc.record({ type: is('instrument_configured'), time: nat, instrument }, noNull),
  fc.record({ type: is('deposited'), time: nat, ...deposit }, noNull),
  fc.record({ type: is('deposit_rejected'), time: nat, ...deposit, reason }, noNull),
  fc.record({ type: is('order_accepted'), time: nat, ...terms, heldAsset: text, heldAmount: nat }, noNull),
  fc.record({ type: is('order_rejected'), time: nat, ...terms, reason }, noNull),
  fc.record({ type: is('order_duplicate'), time: nat, orderId: uuid, originalOrderId: uuid, accountId: uuid, clientOrderId: text }, noNull),
  fc.record({
    type: is('trade'), time: nat, symbol: text, priceTicks: nat, quantityLots: nat, takerSide: side,
    makerOrderId: uuid, makerAccountId: uuid, makerRemainingLots: nat, takerOrderId: uuid, takerAccountId: uuid, takerRemainingLots: nat,
    baseAsset: text, baseAmount: nat, quoteAsset: text, quoteAmount: nat, buyerHeld: nat, sellerHeld: nat,
  }, noNull),
  fc.record({
    type: is('order_cancelled'), time: nat, orderId: uuid, accountId: uuid, symbol: text, reason: fc.constantFrom(...CANCEL_REASONS),
    remainingLots: nat, releasedAsset: text, releasedAmount: nat,
  }, noNull),
  fc.record({ type: is('cancel_rejected'), time: nat, orderId: uuid, accountId: uuid, reason }, noNull),
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
});
