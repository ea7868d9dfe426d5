import { EXTERNAL_ACCOUNT, FEE_ACCOUNT, type Event, type Trade } from '../domain';
import type { EntryRow } from './rows';
import { transitAccount } from './system-accounts';

type Line = Omit<EntryRow, 'seq' | 'entryNo'>;

/**
 * The double entry of one event: for each asset, the changes of free and held of all accounts add up to nothing. A deposit, and what an
 * account begins with, comes from the account of the world outside; what goes to another partition waits in a transit account of that partition.
 */
export function entriesOf(event: Event): EntryRow[] {
  return linesOf(event)
    .filter(({ freeDelta, heldDelta }) => freeDelta !== 0 || heldDelta !== 0)
    .map((line, entryNo) => ({ seq: event.seq, entryNo, ...line }));
}

function linesOf(event: Event): Line[] {
  switch (event.type) {
    case 'deposited':
      return moved('deposit', EXTERNAL_ACCOUNT, event.accountId, event.asset, event.amount);
    case 'transferred_out': {
      const to = event.toPartition === event.partition ? EXTERNAL_ACCOUNT : transitAccount(event.toPartition);
      return moved('transfer', event.accountId, to, event.asset, event.amount);
    }
    case 'transferred_in': {
      const from = event.fromPartition === event.partition ? EXTERNAL_ACCOUNT : transitAccount(event.fromPartition);
      return moved('transfer', from, event.accountId, event.asset, event.amount);
    }
    case 'account_opened':
      return event.funds.flatMap(({ asset, amount }) => moved('opening', EXTERNAL_ACCOUNT, event.accountId, asset, amount));
    case 'account_reset':
      // Nothing is taken back that was booked before: what is too much goes to the outside, what is missing comes from there.
      return event.balances.flatMap(({ asset, before, after }) => moved('reset', EXTERNAL_ACCOUNT, event.accountId, asset, after - before));
    case 'order_accepted':
      return held(event.accountId, event.heldAsset, event.heldAmount);
    case 'order_amended':
      return held(event.accountId, event.heldAsset, event.heldDelta);
    case 'order_cancelled':
      return held(event.accountId, event.releasedAsset, -event.releasedAmount);
    case 'trade':
      return traded(event);
    case 'instrument_configured':
    case 'trading_state_set':
    case 'account_configured':
    case 'mark_price_set':
    case 'deposit_rejected':
    case 'transfer_rejected':
    case 'order_rejected':
    case 'order_duplicate':
    case 'order_triggered':
    case 'amend_rejected':
    case 'cancel_rejected':
    case 'account_refused':
    case 'upgraded':
      return [];
  }
}

function moved(kind: Line['kind'], from: string, to: string, asset: string, amount: number): Line[] {
  return [
    { kind, accountId: to, asset, freeDelta: amount, heldDelta: 0 },
    { kind, accountId: from, asset, freeDelta: -amount, heldDelta: 0 },
  ];
}

/** Moves an amount from free to held, or back when it is below zero. */
function held(accountId: string, asset: string, amount: number): Line[] {
  return [{ kind: amount < 0 ? 'release' : 'hold', accountId, asset, freeDelta: -amount, heldDelta: amount }];
}

function traded(trade: Trade): Line[] {
  const { baseAsset, baseAmount, quoteAsset, quoteAmount, buyerHeld, sellerHeld, buyerFee, sellerFee, makerAccountId, takerAccountId } = trade;
  const [buyer, seller] = trade.takerSide === 'buy' ? [takerAccountId, makerAccountId] : [makerAccountId, takerAccountId];
  return [
    { kind: 'trade', accountId: buyer, asset: quoteAsset, freeDelta: buyerHeld - quoteAmount, heldDelta: -buyerHeld },
    { kind: 'trade', accountId: seller, asset: quoteAsset, freeDelta: quoteAmount, heldDelta: 0 },
    { kind: 'trade', accountId: seller, asset: baseAsset, freeDelta: sellerHeld - baseAmount, heldDelta: -sellerHeld },
    { kind: 'trade', accountId: buyer, asset: baseAsset, freeDelta: baseAmount, heldDelta: 0 },
    ...moved('fee', buyer, FEE_ACCOUNT, baseAsset, buyerFee),
    ...moved('fee', seller, FEE_ACCOUNT, quoteAsset, sellerFee),
  ];
}
