import { createHash } from 'node:crypto';
import type { Asset, Command, Instrument } from '../../domain';

/** What the house has of an asset, in smallest units: enough for any book, and four such deposits stay within 53 bits. */
const FUNDS = 10 ** 15;
const HOUR_MS = 3_600_000;

/** Makes the account one of the house in a partition, with funds there. May be repeated at any time: a deposit of the same id has no effect. */
export function openHouse(accountId: string, { base, quote }: Instrument, time: number, partition = 0): Command[] {
  return [
    { type: 'configure_account', time, accountId, kind: 'house', killed: false },
    ...[base, quote].map((asset) => deposit(accountId, asset, { occasion: 'first', partition, time })),
  ];
}

/** Gives the house more, once an hour at most, whoever asks. */
export function refill(accountId: string, { base, quote }: Instrument, time: number, partition = 0): Command[] {
  const hour = String(Math.floor(time / HOUR_MS));
  return [base, quote].map((asset) => deposit(accountId, asset, { occasion: hour, partition, time, amount: FUNDS / 1_000 }));
}

interface Occasion { readonly occasion: string; readonly partition: number; readonly time: number; readonly amount?: number }

function deposit(accountId: string, { code }: Asset, { occasion, partition, time, amount = FUNDS }: Occasion): Command {
  // Partitions may share a ledger, where a deposit's id stands for one deposit.
  const where = partition === 0 ? '' : `/${partition}`;
  return { type: 'deposit', time, depositId: idOf(`${accountId}/${code}/${occasion}${where}`), accountId, asset: code, amount };
}

/** A UUID (version 8) that follows from a text. */
function idOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = 0x80 | bytes[6] & 0x0f;
  bytes[8] = 0x80 | bytes[8] & 0x3f;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
