/** The wire form of every command and event. Append messages at the end; never reorder or change what was published. */
import type { Command } from '../command';
import type { Event } from '../event';
import { cancelReason, digest, instrument, orderType, rejection, side, text, timeInForce, u16, u53, UnionCodec, uuid } from './schema';

export const commandCodec = new UnionCodec<Command>('command', {
  place_order: {
    time: u53, orderId: uuid, accountId: uuid, clientOrderId: text, digest, symbol: text, side, orderType, timeInForce,
    priceTicks: u53, quantityLots: u53,
  },
  cancel_order: { time: u53, orderId: uuid, accountId: uuid },
  configure_instrument: { time: u53, instrument },
  deposit: { time: u53, depositId: uuid, accountId: uuid, asset: text, amount: u53 },
});

const head = { partition: u16, seq: u53, time: u53 };
const terms = {
  orderId: uuid, accountId: uuid, clientOrderId: text, symbol: text, side, orderType, timeInForce, priceTicks: u53, quantityLots: u53,
};
const deposit = { depositId: uuid, accountId: uuid, asset: text, amount: u53 };

export const eventCodec = new UnionCodec<Event>('event', {
  instrument_configured: { ...head, instrument },
  deposited: { ...head, ...deposit },
  deposit_rejected: { ...head, ...deposit, reason: rejection },
  order_accepted: { ...head, ...terms, heldAsset: text, heldAmount: u53 },
  order_rejected: { ...head, ...terms, reason: rejection },
  order_duplicate: { ...head, orderId: uuid, originalOrderId: uuid, accountId: uuid, clientOrderId: text },
  trade: {
    ...head, symbol: text, priceTicks: u53, quantityLots: u53, takerSide: side,
    makerOrderId: uuid, makerAccountId: uuid, makerRemainingLots: u53,
    takerOrderId: uuid, takerAccountId: uuid, takerRemainingLots: u53,
    baseAsset: text, baseAmount: u53, quoteAsset: text, quoteAmount: u53, buyerHeld: u53, sellerHeld: u53,
  },
  order_cancelled: {
    ...head, orderId: uuid, accountId: uuid, symbol: text, reason: cancelReason, remainingLots: u53, releasedAsset: text, releasedAmount: u53,
  },
  cancel_rejected: { ...head, orderId: uuid, accountId: uuid, reason: rejection },
});
