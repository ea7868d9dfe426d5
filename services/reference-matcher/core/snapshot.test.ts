import { createHash } from 'node:crypto';
import { CORE_VERSION, createCore, encodeCapture, restoreCore } from '.';
import { amend, BTC, cancel, deposit, oco, PARTITION, place, WINDOW_MS } from './test-commands';
import { apply, funded } from './testing-core';
import { encodeCommand, encodeCommandBatch, type Core } from '../../domain';

/** A core with something of everything in it. */
function lively(): Core {
  const core = funded({ makerFeePpm: 10 });
  apply(core, place(1, 1, 'sell', 100, 5), place(2, 2, 'buy', 99, 1), place(3, 2, 'buy', 100, 2), oco(4, 2, 'sell', 4, { limit: 110, stop: 90, stopLimit: 89 }),
    amend(1, 1, { priceTicks: 101 }), cancel(2, 2), place(8, 2, 'buy', 98, 1, { clientOrderId: 'c3', digest: '0'.repeat(31) + '1' }),
    place(9, 2, 'buy', 0, 1, { orderType: 'stop_loss', triggerTicks: 500 }), { type: 'set_trading_state', time: 2_000, symbol: '', state: 'cancel_only' });
  return core;
}

/** The snapshot with other words and a hash that fits them. */
function rehashed(snapshot: Uint8Array, change: (bytes: Buffer) => void): Uint8Array {
  const bytes = Buffer.from(snapshot);
  change(bytes);
  createHash('sha256').update(bytes.subarray(0, -32)).digest().copy(bytes, bytes.length - 32);
  return bytes;
}
const replaced = (from: string, to: string) => (bytes: Buffer): void => {
  expect(bytes.indexOf(from)).toBeGreaterThan(0);
  bytes.write(to, bytes.indexOf(from));
};

test('restores to a core with the same state, whatever the memory is laid out for', () => {
  const core = lively();
  for (const options of [{}, { ladderTicks: 64 }, { expectedOrders: 1, expectedRemembered: 1, expectedAccounts: 1 }]) {
    const restored = restoreCore(core.snapshot(), PARTITION, options);
    expect(restored.stateHash()).toBe(core.stateHash());
    expect(restored.orders('BTCUSDT')).toEqual(core.orders('BTCUSDT'));
    expect(restored.balances()).toEqual(core.balances());
  }
});

test('the state hash is the one that the snapshot ends with', () => {
  const snapshot = lively().snapshot();
  expect(Buffer.from(snapshot.subarray(-32)).toString('hex')).toBe(restoreCore(snapshot, PARTITION).stateHash());
});

test('a capture keeps its instant while the core goes on, and crosses to another thread', () => {
  const core = lively();
  const before = core.snapshot().slice();
  const capture = core.capture();
  apply(core, deposit(90, 1, 'USDT', 5), cancel(1, 1));
  expect(Buffer.compare(encodeCapture(structuredClone(capture)), before)).toBe(0);
  expect(capture.lastSeq).toBe(core.lastSeq - 2);
  expect(Buffer.compare(core.snapshot(), before)).not.toBe(0);
});

describe('restoreCore refuses', () => {
  const snapshot = (): Uint8Array => lively().snapshot().slice();

  test('every flipped bit and every truncation', () => {
    const good = funded().snapshot();
    const accepted: string[] = [];
    const tried = (what: string, bytes: Uint8Array): void => {
      try {
        restoreCore(bytes, PARTITION);
        accepted.push(what);
      } catch (error) {
        if ((error as Error).name !== 'CorruptDataError') accepted.push(`${what}: ${String(error)}`);
      }
    };
    for (let size = 0; size < good.length; size++) tried(`cut to ${size}`, good.subarray(0, size));
    for (let bit = 0; bit < good.length * 8; bit += 3) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      tried(`bit ${bit}`, bytes);
    }
    expect(accepted).toEqual([]);
  });

  test.each<[string, () => Uint8Array, RegExp]>([
    ['what is none', () => Buffer.alloc(64), /does not begin like one/],
    ['another format', () => rehashed(snapshot(), (b) => b.writeInt32LE(2, 4)), /its format is 2, this build knows 1/],
    ['another content', () => { const b = snapshot(); b[200] ^= 1; return b; }, /does not match its hash/],
    ['another partition', () => rehashed(snapshot(), replaced('"partition":3', '"partition":4')), /of partition 4, not 3/],
    ['a later version of the core', () => rehashed(snapshot(), replaced(`"version":${CORE_VERSION}`, '"version":9')), /of version 9 of the core, this build knows \d at most/],
    ['holds that do not fit the orders', () => rehashed(snapshot(), (b) => {
      // The last word of the balances' section of the first account: its held units.
      const at = b.indexOf(Buffer.from(Float64Array.of(50_000 - 20_000).buffer));
      b.writeDoubleLE(40_000, at);
    }), /holds 40000 of an asset, its open orders need 30000/],
    ['something that is left over', () => rehashed(Buffer.concat([snapshot().subarray(0, -32), Buffer.alloc(36)]), () => undefined), /left over/],
  ])('%s', (_what, make, message) => {
    const bytes = make();
    expect(() => restoreCore(bytes, PARTITION)).toThrow(message);
    expect(() => restoreCore(bytes, PARTITION)).toThrow(expect.objectContaining({ name: 'CorruptDataError' }) as Error);
  });
});

describe('replay', () => {
  const frame = encodeCommandBatch(PARTITION, [{ type: 'configure_instrument', time: 1, instrument: BTC } as const, deposit(1, 1, 'USDT', 500), place(1, 1, 'buy', 5, 1)]
    .map(encodeCommand));
  const core = (): Core => createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS });

  test('leaves the state and the sequence that applying would', () => {
    const replayed = core();
    expect(replayed.replay(frame)).toBe(3);
    expect(replayed.lastSeq).toBe(3);
    // From bytes that begin anywhere.
    const shifted = core();
    shifted.replay(Buffer.concat([Buffer.alloc(3), frame]).subarray(3));
    expect(shifted.stateHash()).toBe(replayed.stateHash());
    expect(replayed.apply(place(2, 1, 'buy', 5, 1))).toMatchObject([{ type: 'order_accepted', seq: 4 }]);
  });

  test('refuses a frame of another partition, a damaged one, and one that says another number of commands', () => {
    expect(() => core().replay(encodeCommandBatch(PARTITION + 1, []))).toThrow(/for partition 4 in the journal of 3/);
    const damaged = Buffer.from(frame);
    damaged[40] ^= 1;
    expect(() => core().replay(damaged)).toThrow(/checksum does not match/);
  });
});
