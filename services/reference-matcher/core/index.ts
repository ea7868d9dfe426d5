import { CORE_VERSION, Engine } from './engine/engine';
import { ExchangeCore } from './exchange-core';
import { restoreEngine } from './snapshot/restore';
import type { Core } from '../../domain';

export { CORE_VERSION } from './engine/engine';
export { encodeCapture } from './exchange-core';

/** What concerns memory and this build, not what the core does. */
export interface BuildOptions {
  /**
   * Open orders, orders that are open or ended within the idempotency window, and accounts that memory is laid out for at the start. It
   * grows beyond by doubling, with a pause that depends on the size.
   */
  readonly expectedOrders?: number;
  readonly expectedRemembered?: number;
  readonly expectedAccounts?: number;
  /** Prices in the ladder of each book, a power of two from 32 to 2^20. Prices outside are slower, not refused. */
  readonly ladderTicks?: number;
  /** Newest behaviour that it shows. Below `CORE_VERSION` it stands in for the build that came before, in tests of an upgrade. */
  readonly supportedVersion?: number;
}

export interface CoreOptions extends BuildOptions {
  readonly partition: number;
  /** Milliseconds of journal time for which a client order id stays taken after its order ended. */
  readonly idempotencyWindowMs: number;
}

const LADDER_TICKS = 2 ** 17;

function layout({ expectedOrders = 4_096, expectedRemembered = 4_096, expectedAccounts = 256, ladderTicks = LADDER_TICKS }: BuildOptions): {
  expectedOrders: number; expectedRemembered: number; expectedAccounts: number; ladderTicks: number;
} {
  return { expectedOrders, expectedRemembered, expectedAccounts, ladderTicks };
}

/** A core that has seen nothing, with the newest behaviour of this build. */
export function createCore(options: CoreOptions): Core {
  const { partition, idempotencyWindowMs, supportedVersion = CORE_VERSION } = options;
  const engine = new Engine({ partition, idempotencyWindowMs, version: supportedVersion, ...layout(options) });
  return new ExchangeCore(engine, supportedVersion);
}

/**
 * The core whose `snapshot()` this is. The idempotency window and the behaviour are part of the state and come from there: two replicas
 * that forgot at different times would answer differently.
 *
 * @throws CorruptDataError when it is not a snapshot of this partition that this build can read, or does not match its hash
 */
export function restoreCore(snapshot: Uint8Array, partition: number, options: BuildOptions = {}): Core {
  const { supportedVersion = CORE_VERSION } = options;
  return new ExchangeCore(restoreEngine(snapshot, { partition, supported: supportedVersion, ...layout(options) }), supportedVersion);
}
