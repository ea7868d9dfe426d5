/** The wire form of every command and event. Append messages at the end; never reorder or change what was published. */
import type { Command } from '../command';
import type { Event } from '../event';
import { NIL_UUID } from '../ids';
import {
  accountKind, cancelReason, digest, direction, flag, i54, instrument, listOf, orderType, rejection, selfTradePrevention, side, text, timeInForce,
  tradingState, u16, u53, UnionCodec, uuid,
} from './schema';

const deposit = { depositId: uuid, accountId: uuid, asset: text, amount: u53 };
const funds = listOf({ asset: text, amount: u53 });
const transfer = { transferId: uuid, accountId: uuid, asset: text, amount: u53 };

/** The fields behind the time, which every command has in its head. Orders, cancellations and amendments: `commands.ts`. */
export const commandCodec = new UnionCodec<Command>('command', {
  place_order: undefined,
  cancel_order: undefined,
  configure_instrument: { instrument },
  deposit,
  place_oco: undefined,
  cancel_all: { accountId: uuid, symbol: text },
  amend_order: undefined,
  set_trading_state: { symbol: text, state: tradingState },
  configure_account: { accountId: uuid, kind: accountKind, killed: flag },
  set_mark_price: { symbol: text, priceTicks: u53 },
  transfer_out: { ...transfer, toPartition: u16 },
  transfer_in: { ...transfer, fromPartition: u16 },
  upgrade: { version: u16 },
  open_account: { accountId: uuid, funds },
  reset_account: { resetId: uuid, accountId: uuid, funds },
});

const duplicate = { orderId: uuid, originalOrderId: uuid, accountId: uuid, clientOrderId: text };
const head = { partition: u16, seq: u53, time: u53 };
const terms = {
  orderId: uuid, accountId: uuid, clientOrderId: text, symbol: text, side, orderType, timeInForce, postOnly: flag, selfTradePrevention,
  priceTicks: u53, triggerTicks: u53, quantityLots: u53, quoteBudget: u53, listId: uuid,
};

export const eventCodec = new UnionCodec<Event, 'account_opened' | 'account_reset' | 'account_refused'>('event', {
  instrument_configured: { ...head, instrument },
  deposited: { ...head, ...deposit },
  deposit_rejected: { ...head, ...deposit, reason: rejection },
  order_accepted: { ...head, ...terms, digest, heldAsset: text, heldAmount: u53 },
  order_rejected: { ...head, ...terms, digest, reason: rejection },
  order_duplicate: { ...head, ...duplicate, listId: uuid },
  trade: {
    ...head, symbol: text, priceTicks: u53, quantityLots: u53, takerSide: side,
    makerOrderId: uuid, makerAccountId: uuid, makerRemainingLots: u53,
    takerOrderId: uuid, takerAccountId: uuid, takerRemainingLots: u53,
    baseAsset: text, baseAmount: u53, quoteAsset: text, quoteAmount: u53, buyerHeld: u53, sellerHeld: u53, buyerFee: u53, sellerFee: u53,
  },
  order_cancelled: {
    ...head, orderId: uuid, accountId: uuid, symbol: text, reason: cancelReason, remainingLots: u53, releasedAsset: text, releasedAmount: u53,
  },
  cancel_rejected: { ...head, orderId: uuid, accountId: uuid, reason: rejection },
  trading_state_set: { ...head, symbol: text, state: tradingState },
  account_configured: { ...head, accountId: uuid, kind: accountKind, killed: flag },
  mark_price_set: { ...head, symbol: text, priceTicks: u53 },
  transferred_out: { ...head, ...transfer, toPartition: u16 },
  transferred_in: { ...head, ...transfer, fromPartition: u16 },
  transfer_rejected: { ...head, ...transfer, reason: rejection, direction },
  order_triggered: { ...head, orderId: uuid, accountId: uuid, symbol: text, priceTicks: u53 },
  order_amended: {
    ...head, amendId: uuid, orderId: uuid, accountId: uuid, symbol: text, priceTicks: u53, quantityLots: u53, remainingLots: u53, keepsPriority: flag,
    heldAsset: text, heldDelta: i54,
  },
  amend_rejected: { ...head, amendId: uuid, orderId: uuid, accountId: uuid, reason: rejection },
  upgraded: { ...head, version: u16 },
}, {
  // Nothing but what comes in can pass the range; of the rest most went out.
  transfer_rejected: {
    fields: { ...head, ...transfer, reason: rejection }, complete: ({ reason }) => ({ direction: reason === 'out_of_range' ? 'in' : 'out' }),
  },
  order_duplicate: { fields: { ...head, ...duplicate }, complete: () => ({ listId: NIL_UUID }) },
}, {
  account_opened: { ...head, accountId: uuid, funds },
  account_reset: { ...head, resetId: uuid, accountId: uuid, balances: listOf({ asset: text, before: u53, after: u53 }) },
  account_refused: { ...head, resetId: uuid, accountId: uuid, reason: rejection },
});
