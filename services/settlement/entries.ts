import { EXTERNAL_ACCOUNT, type Event } from '../domain';
import type { EntryRow } from './rows';

type Line = Omit<EntryRow, 'seq' | 'entryNo'>;

/**
 * The double entry of one event: for each asset, the changes of free and held of all accounts add up to nothing. A deposit comes
 * from the account of the world outside.
 */
export function entriesOf(event: Event): EntryRow[] {
  return linesOf(event)
    .filter(({ freeDelta, heldDelta }) => freeDelta !== 0 || heldDelta !== 0)
    .map((line, entryNo) => ({ seq: event.seq, entryNo, ...line }));
}

function linesOf(event: Event): Line[] {
  switch (event.type) {
    case 'deposited': {
      const { accountId, asset, amount } = event;
      return [
        { kind: 'deposit', accountId, asset, freeDelta: amount, heldDelta: 0 },
        { kind: 'deposit', accountId: EXTERNAL_ACCOUNT, asset, freeDelta: -amount, heldDelta: 0 },
      ];
    }
    case 'order_accepted': {
      const { accountId, heldAsset: asset, heldAmount } = event;
      return [{ kind: 'hold', accountId, asset, freeDelta: -heldAmount, heldDelta: heldAmount }];
    }
    case 'order_cancelled': {
      const { accountId, releasedAsset: asset, releasedAmount } = event;
      return [{ kind: 'release', accountId, asset, freeDelta: releasedAmount, heldDelta: -releasedAmount }];
    }
    case 'trade': {
      const { baseAsset, baseAmount, quoteAsset, quoteAmount, buyerHeld, sellerHeld, makerAccountId, takerAccountId } = event;
      const [buyer, seller] = event.takerSide === 'buy' ? [takerAccountId, makerAccountId] : [makerAccountId, takerAccountId];
      return [
        { kind: 'trade', accountId: buyer, asset: quoteAsset, freeDelta: buyerHeld - quoteAmount, heldDelta: -buyerHeld },
        { kind: 'trade', accountId: seller, asset: quoteAsset, freeDelta: quoteAmount, heldDelta: 0 },
        { kind: 'trade', accountId: seller, asset: baseAsset, freeDelta: sellerHeld - baseAmount, heldDelta: -sellerHeld },
        { kind: 'trade', accountId: buyer, asset: baseAsset, freeDelta: baseAmount, heldDelta: 0 },
      ];
    }
    case 'instrument_configured':
    case 'deposit_rejected':
    case 'order_rejected':
    case 'order_duplicate':
    case 'cancel_rejected':
      return [];
  }
}
