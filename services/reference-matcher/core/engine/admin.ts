/** Commands that are rare: they come as objects, and what they say in events stands in the command. */
import { A_FLAGS, ACCOUNT_WORDS, BALANCE_SHIFT, FREE, HOUSE, KILLED, OPENED } from './accounts';
import { openAccount, resetAccount } from './beginnings';
import { cancelAll, cancelKilled } from './cancel';
import * as code from './codes';
import { CORE_VERSION, FIRST_VERSION, type Engine } from './engine';
import { EV_DONE, EV_REFUSED } from './event-buffer';
import type { IdSet } from './id-set';
import { runTriggers } from './triggers';
import { wordsOf } from './words';
import {
  defineInstrument, EXTERNAL_ACCOUNT, NIL_UUID, UnsupportedVersionError,
  type AmendOrder, type CancelAll, type CancelOrder, type Command, type ConfigureAccount, type ConfigureInstrument, type Deposit, type Instrument,
  type PlaceOco, type PlaceOrder, type SetMarkPrice, type SetTradingState, type TransferIn, type TransferOut, type Upgrade,
} from '../../../domain';

/** What is not in the fixed layout of orders, cancellations and amendments. */
export type AdminCommand = Exclude<Command, PlaceOrder | PlaceOco | CancelOrder | AmendOrder>;

const MAX = Number.MAX_SAFE_INTEGER;

function done(e: Engine): void {
  e.events.begin(EV_DONE, 0, -1, 0);
}

function refuse(e: Engine, reason: number): void {
  e.events.begin(EV_REFUSED, reason, -1, 0);
}

function sameUnits(a: Instrument, b: Instrument): boolean {
  return a.base.code === b.base.code && a.quote.code === b.quote.code
    && a.baseUnitsPerLot === b.baseUnitsPerLot && a.quoteUnitsPerTickLot === b.quoteUnitsPerTickLot;
}

/**
 * A version that is known has no effect, nor has one that changes what a tick, a lot or an amount is worth: resting orders,
 * balances, and above all orders that are on their way count in the old units.
 */
function configureInstrument(e: Engine, { instrument: spec }: ConfigureInstrument): void {
  let instrument: Instrument;
  try {
    instrument = defineInstrument(spec);
  } catch {
    return;
  }
  const known = e.bookOf.get(instrument.symbol)?.instrument;
  if (known && (instrument.version <= known.version || !sameUnits(known, instrument))) return;
  const changesAnAsset = [instrument.base, instrument.quote].some(({ code: asset, decimals }) => {
    const number = e.assetOf.get(asset);
    return number !== undefined && e.assets[number].decimals !== decimals;
  });
  if (changesAnAsset) return;
  e.define(instrument);
  done(e);
}

function setTradingState(e: Engine, { symbol, state }: SetTradingState): void {
  const book = e.bookOf.get(symbol);
  if (symbol !== '' && !book) return;
  if ((book ?? { state: e.venue }).state === state) return;
  if (book) book.state = state;
  else e.venue = state;
  done(e);
  // What was met while nothing could trade enters now.
  for (const opened of book ? [book] : e.books) {
    if (opened.mark > 0) opened.see(opened.mark);
    if (opened.last > 0) opened.see(opened.last);
    runTriggers(e, opened);
  }
}

function configureAccount(e: Engine, { accountId, kind, killed }: ConfigureAccount): void {
  const account = e.accounts.ensure(wordsOf(accountId), 0);
  const before = e.accounts.accounts.i[account * ACCOUNT_WORDS + A_FLAGS];
  const flags = (kind === 'house' ? HOUSE : 0) | (killed ? KILLED : 0) | (before & OPENED);
  if (flags === before) return;
  e.accounts.setFlags(account, flags);
  done(e);
  if (killed && (before & KILLED) === 0) cancelKilled(e, account);
}

function setMarkPrice(e: Engine, { symbol, priceTicks }: SetMarkPrice): void {
  const book = e.bookOf.get(symbol);
  if (!book || priceTicks < 1 || priceTicks === book.mark) return;
  book.mark = priceTicks;
  book.setBand();
  done(e);
  book.see(priceTicks);
  runTriggers(e, book);
}

/** Funds come in. The total stays in range, not only this balance: then no fill can ever lift one out, nor the outside account's. */
function payIn(e: Engine, accountId: string, asset: string, amount: number): number {
  const number = e.assetOf.get(asset);
  if (number === undefined) return code.UNKNOWN_ASSET;
  if (amount < 1) return code.INVALID_QUANTITY;
  if (accountId === EXTERNAL_ACCOUNT || e.supply[number] + amount > MAX) return code.OUT_OF_RANGE;
  e.supply[number] += amount;
  const balance = e.accounts.balance(e.accounts.ensure(wordsOf(accountId), 0), number);
  e.accounts.balances.f[(balance << BALANCE_SHIFT) | FREE] += amount;
  return code.FINE;
}

function payOut(e: Engine, accountId: string, asset: string, amount: number): number {
  const number = e.assetOf.get(asset);
  if (number === undefined) return code.UNKNOWN_ASSET;
  if (amount < 1) return code.INVALID_QUANTITY;
  const account = e.accounts.find(wordsOf(accountId), 0);
  const balance = account < 0 ? -1 : e.accounts.findBalance(account, number);
  const { f } = e.accounts.balances;
  if (balance < 0 || f[(balance << BALANCE_SHIFT) | FREE] < amount) return code.NO_FUNDS;
  f[(balance << BALANCE_SHIFT) | FREE] -= amount;
  e.supply[number] -= amount;
  return code.FINE;
}

/** @param remembersRefusals a repetition of what was refused stays refused, silently */
function move(e: Engine, ids: IdSet, id: string, remembersRefusals: boolean, pay: () => number): void {
  const words = wordsOf(id);
  if (ids.has(words, 0)) return;
  const reason = pay();
  if (reason === code.FINE || remembersRefusals) ids.add(words, 0);
  if (reason === code.FINE) done(e);
  else refuse(e, reason);
}

function deposit(e: Engine, { depositId, accountId, asset, amount }: Deposit): void {
  move(e, e.deposits, depositId, false, () => payIn(e, accountId, asset, amount));
}

/** Who asked and was refused must not find the money gone later. */
function transferOut(e: Engine, { transferId, accountId, asset, amount }: TransferOut): void {
  move(e, e.transfersOut, transferId, true, () => payOut(e, accountId, asset, amount));
}

/** The money has left the other partition: what is refused may be tried again. */
function transferIn(e: Engine, { transferId, accountId, asset, amount }: TransferIn): void {
  move(e, e.transfersIn, transferId, false, () => payIn(e, accountId, asset, amount));
}

/** The first of all commands may name the behaviour that the core begins with: then the ledger has it, and no later build has to guess. */
function upgrade(e: Engine, { version }: Upgrade, supported: number): void {
  if (version > supported) {
    throw new UnsupportedVersionError(`the journal asks for version ${version} of the core, this build knows ${supported} at most. `
      + 'Start the build that wrote the command, or a newer one; it goes on from the last snapshot');
  }
  if (version <= e.version && (e.events.seq > 0 || version < FIRST_VERSION)) return;
  e.version = version;
  done(e);
}

function cancelSelected(e: Engine, { accountId, symbol }: CancelAll): void {
  const book = e.bookOf.get(symbol);
  if (symbol !== '' && !book) return;
  if (accountId === NIL_UUID) {
    cancelAll(e, -1, book);
    return;
  }
  const account = e.accounts.find(wordsOf(accountId), 0);
  if (account >= 0) cancelAll(e, account, book);
}

/** Applies a rare command. @param supported newest behaviour of this build */
export function administer(e: Engine, command: AdminCommand, supported = CORE_VERSION): void {
  switch (command.type) {
    case 'configure_instrument': return configureInstrument(e, command);
    case 'set_trading_state': return setTradingState(e, command);
    case 'configure_account': return configureAccount(e, command);
    case 'set_mark_price': return setMarkPrice(e, command);
    case 'deposit': return deposit(e, command);
    case 'transfer_out': return transferOut(e, command);
    case 'transfer_in': return transferIn(e, command);
    case 'cancel_all': return cancelSelected(e, command);
    case 'upgrade': return upgrade(e, command, supported);
    case 'open_account': return openAccount(e, command);
    case 'reset_account': return resetAccount(e, command);
  }
}
