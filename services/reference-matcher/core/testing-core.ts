/** A core with two funded customers, for the tests that write commands by hand. */
import { createCore } from '.';
import { account, BTC, deposit, PARTITION, WINDOW_MS } from './test-commands';
import type { Command, Core, Event, InstrumentRules } from '../../domain';

/** Accounts 1 and 2 with 10 USDT and 1 BTC each. One lot at one tick costs 10 units, one lot is 10,000 units of BTC. */
export function funded(rules?: InstrumentRules, options: { supportedVersion?: number } = {}): Core {
  const core = createCore({ partition: PARTITION, idempotencyWindowMs: WINDOW_MS, ladderTicks: 32, ...options });
  core.apply({ type: 'configure_instrument', time: 1_000, instrument: { ...BTC, ...(rules ? { rules } : {}) } });
  for (const n of [1, 2]) [deposit(n, n, 'USDT', 10_000_000), deposit(10 + n, n, 'BTC', 100_000_000)].forEach((command) => core.apply(command));
  return core;
}

export const apply = (core: Core, ...commands: Command[]): Event[] => commands.flatMap((command) => [...core.apply(command)]);

/** The events as short text: type, and the reason where there is one. */
export const story = (events: readonly Event[]): string[] => events.map((e) => ('reason' in e ? `${e.type}: ${e.reason}` : e.type));

export function balance(core: Core, n: number | string, asset: string): [free: number, held: number] {
  const accountId = typeof n === 'number' ? account(n) : n;
  const row = core.balances().find((b) => b.accountId === accountId && b.asset === asset);
  return [row?.free ?? 0, row?.held ?? 0];
}
