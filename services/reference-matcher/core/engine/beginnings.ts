/** How accounts of a simulator begin, and begin again. */
import { A_BALANCES, A_FLAGS, ACCOUNT_WORDS, B_ASSET, B_NEXT, BALANCE_SHIFT, BALANCE_WORDS, FREE, HELD, HOUSE, KILLED, OPENED } from './accounts';
import { cancelReset, heldFast } from './cancel';
import * as code from './codes';
import { ACCOUNTS_BEGIN_VERSION, type Engine } from './engine';
import { EV_DONE, EV_REFUSED } from './event-buffer';
import { wordsOf } from './words';
import { EXTERNAL_ACCOUNT, FEE_ACCOUNT, type Funds, type OpenAccount, type ResetAccount, type ResetBalance } from '../../../domain';

const MAX = Number.MAX_SAFE_INTEGER;

/** Whether somebody may begin at all; −1 stands for an account that was never seen. */
function refusalOf(e: Engine, accountId: string, account: number): number {
  if (accountId === EXTERNAL_ACCOUNT || accountId === FEE_ACCOUNT) return code.NOT_A_CUSTOMER;
  const flags = account < 0 ? 0 : e.accounts.accounts.i[account * ACCOUNT_WORDS + A_FLAGS];
  if ((flags & HOUSE) !== 0) return code.NOT_A_CUSTOMER;
  return (flags & KILLED) !== 0 ? code.ACCOUNT_KILLED : code.FINE;
}

/** Whether these are amounts of assets that there are, each named once. */
function refusalOfFunds(e: Engine, funds: readonly Funds[]): number {
  const seen = new Set<string>();
  for (const { asset, amount } of funds) {
    if (!e.assetOf.has(asset)) return code.UNKNOWN_ASSET;
    if (amount < 1 || seen.has(asset)) return code.INVALID_QUANTITY;
    seen.add(asset);
  }
  return code.FINE;
}

/** Whether so much can come into being: the total of an asset stays in range, so that no fill can ever lift a balance out of it. */
function fits(e: Engine, asset: string, more: number): boolean {
  return e.supply[e.assetOf.get(asset)!] + more <= MAX;
}

/** Changes what is free of an asset, and with it what there is of it. */
function pay(e: Engine, account: number, asset: string, change: number): void {
  const number = e.assetOf.get(asset)!;
  e.supply[number] += change;
  e.accounts.balances.f[(e.accounts.balance(account, number) << BALANCE_SHIFT) | FREE] += change;
}

function refuse(e: Engine, reason: number): void {
  e.events.begin(EV_REFUSED, reason, -1, 0);
}

/** From here on the account has begun: who was given everything by a reset is not given it once more. */
function begin(e: Engine, words: Int32Array): number {
  const account = e.accounts.ensure(words, 0);
  e.accounts.setFlags(account, e.accounts.accounts.i[account * ACCOUNT_WORDS + A_FLAGS] | OPENED);
  return account;
}

const byAsset = (a: { readonly asset: string }, b: { readonly asset: string }): number => (a.asset < b.asset ? -1 : 1);

/** An account that has begun is never opened again. What is refused is not remembered: an asset may come to be known. */
export function openAccount(e: Engine, { accountId, funds }: OpenAccount): void {
  if (e.version < ACCOUNTS_BEGIN_VERSION) return;
  const words = wordsOf(accountId);
  const known = e.accounts.find(words, 0);
  if (known >= 0 && (e.accounts.accounts.i[known * ACCOUNT_WORDS + A_FLAGS] & OPENED) !== 0) return;
  let reason = refusalOf(e, accountId, known);
  if (reason === code.FINE) reason = refusalOfFunds(e, funds);
  if (reason === code.FINE && !funds.every(({ asset, amount }) => fits(e, asset, amount))) reason = code.OUT_OF_RANGE;
  if (reason !== code.FINE) return refuse(e, reason);
  const account = begin(e, words);
  for (const { asset, amount } of funds) pay(e, account, asset, amount);
  e.events.begin(EV_DONE, 0, -1, 0);
}

/** All that an account has, held or not, and all that it is to have. */
function balancesOf(e: Engine, account: number, funds: readonly Funds[]): ResetBalance[] {
  const after = new Map(funds.map(({ asset, amount }) => [asset, amount]));
  const before = new Map<string, number>();
  const { i, f } = e.accounts.balances;
  const first = account < 0 ? -1 : e.accounts.accounts.i[account * ACCOUNT_WORDS + A_BALANCES];
  for (let b = first; b >= 0; b = i[b * BALANCE_WORDS + B_NEXT]) {
    const total = f[(b << BALANCE_SHIFT) | FREE] + f[(b << BALANCE_SHIFT) | HELD];
    if (total > 0) before.set(e.assets[i[b * BALANCE_WORDS + B_ASSET]].code, total);
  }
  // The same on every machine, in whatever order the balances came into being.
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((asset) => ({ asset, before: before.get(asset) ?? 0, after: after.get(asset) ?? 0 })).sort(byAsset);
}

/** All or nothing: refused, nothing has happened; otherwise all orders end, and then the balances are what they are to be. */
export function resetAccount(e: Engine, { resetId, accountId, funds }: ResetAccount): void {
  if (e.version < ACCOUNTS_BEGIN_VERSION) return;
  const id = wordsOf(resetId);
  if (e.resets.has(id, 0)) return;
  const words = wordsOf(accountId);
  const known = e.accounts.find(words, 0);
  let reason = refusalOf(e, accountId, known);
  if (reason === code.FINE) reason = refusalOfFunds(e, funds);
  // A halted market lets nobody but operators take orders back, so nobody leaves it by beginning again.
  if (reason === code.FINE && e.venue === 'halted') reason = code.VENUE_NOT_OPEN;
  if (reason === code.FINE && known >= 0) reason = heldFast(e, known);
  const balances = reason === code.FINE ? balancesOf(e, known, funds) : [];
  if (!balances.every(({ asset, before, after }) => fits(e, asset, after - before))) reason = code.OUT_OF_RANGE;
  if (reason !== code.FINE) return refuse(e, reason);
  const account = begin(e, words);
  cancelReset(e, account);
  for (const { asset, before, after } of balances) pay(e, account, asset, after - before);
  e.resets.add(id, 0);
  e.resetBalances = balances;
  e.events.begin(EV_DONE, 0, -1, 0);
}
