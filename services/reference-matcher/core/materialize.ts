import { ACCOUNT_WORDS } from './engine/accounts';
import type { Engine } from './engine/engine';
import * as ev from './engine/event-buffer';
import { M_ACCOUNT, MEMORY_WORDS } from './engine/order-memory';
import {
  bytesToUuid, CANCEL_REASONS, NIL_UUID, REJECTIONS, specOf,
  type AmendOrder, type CancelOrder, type Command, type Event, type OrderRequest, type OrderTerms, type PlaceOco,
} from '../../domain';

interface Head {
  readonly partition: number;
  readonly seq: number;
  readonly time: number;
}

/** An id that stands in a record. */
export function uuidAt(words: Int32Array, at: number): string {
  return bytesToUuid(new Uint8Array(words.buffer, words.byteOffset + at * 4, 16));
}

const orderIdOf = (e: Engine, memory: number): string => uuidAt(e.memory.pool.i, memory * MEMORY_WORDS);
const accountIdOf = (e: Engine, memory: number): string => (
  uuidAt(e.accounts.accounts.i, e.memory.pool.i[memory * MEMORY_WORDS + M_ACCOUNT] * ACCOUNT_WORDS));

/** The order that an event about a new one is about. */
function requestOf(command: Command, leg: number): { request: OrderRequest; listId: string } {
  if (command.type === 'place_order') return { request: command, listId: NIL_UUID };
  const { listId, resting, waiting } = command as PlaceOco;
  return { request: leg === 0 ? resting : waiting, listId };
}

function termsOf({ request, listId }: ReturnType<typeof requestOf>): OrderTerms & { readonly digest: string } {
  return {
    orderId: request.orderId,
    accountId: request.accountId,
    clientOrderId: request.clientOrderId,
    symbol: request.symbol,
    side: request.side,
    orderType: request.orderType,
    timeInForce: request.orderType === 'market' && request.timeInForce === 'gtc' ? 'ioc' : request.timeInForce,
    postOnly: request.postOnly,
    selfTradePrevention: request.selfTradePrevention,
    priceTicks: request.priceTicks,
    triggerTicks: request.triggerTicks,
    quantityLots: request.quantityLots,
    quoteBudget: request.quoteBudget,
    listId,
    digest: request.digest,
  };
}

/** What a command of an operator did, which stands in the command itself. */
function doneEvent(e: Engine, head: Head, command: Command): Event {
  switch (command.type) {
    case 'configure_instrument': {
      const { instrument } = e.bookOf.get(command.instrument.symbol)!;
      return { type: 'instrument_configured', ...head, instrument: specOf(instrument) };
    }
    case 'set_trading_state': return { type: 'trading_state_set', ...head, symbol: command.symbol, state: command.state };
    case 'configure_account':
      return { type: 'account_configured', ...head, accountId: command.accountId, kind: command.kind, killed: command.killed };
    case 'set_mark_price': return { type: 'mark_price_set', ...head, symbol: command.symbol, priceTicks: command.priceTicks };
    case 'deposit': {
      const { depositId, accountId, asset, amount } = command;
      return { type: 'deposited', ...head, depositId, accountId, asset, amount };
    }
    case 'transfer_out': {
      const { transferId, accountId, asset, amount, toPartition } = command;
      return { type: 'transferred_out', ...head, transferId, accountId, asset, amount, toPartition };
    }
    case 'transfer_in': {
      const { transferId, accountId, asset, amount, fromPartition } = command;
      return { type: 'transferred_in', ...head, transferId, accountId, asset, amount, fromPartition };
    }
    case 'upgrade': return { type: 'upgraded', ...head, version: command.version };
    case 'open_account': {
      const { accountId, funds } = command;
      return { type: 'account_opened', ...head, accountId, funds: [...funds].sort((a, b) => (a.asset < b.asset ? -1 : 1)) };
    }
    case 'reset_account': {
      const { resetId, accountId } = command;
      return { type: 'account_reset', ...head, resetId, accountId, balances: e.resetBalances };
    }
    default: throw new Error(`${command.type} is no command of an operator`);
  }
}

function refusedEvent(head: Head, command: Command, reason: (typeof REJECTIONS)[number]): Event {
  if (command.type === 'deposit') {
    const { depositId, accountId, asset, amount } = command;
    return { type: 'deposit_rejected', ...head, depositId, accountId, asset, amount, reason };
  }
  if (command.type === 'transfer_out' || command.type === 'transfer_in') {
    const { transferId, accountId, asset, amount } = command;
    const direction = command.type === 'transfer_out' ? 'out' : 'in';
    return { type: 'transfer_rejected', ...head, direction, transferId, accountId, asset, amount, reason };
  }
  if (command.type === 'open_account' || command.type === 'reset_account') {
    const resetId = command.type === 'open_account' ? NIL_UUID : command.resetId;
    return { type: 'account_refused', ...head, resetId, accountId: command.accountId, reason };
  }
  throw new Error(`${command.type} is never refused`);
}

function tradeEvent(e: Engine, head: Head, detail: number, taker: number, maker: number, at: number): Event {
  const { instrument } = e.books[detail >> 1];
  const { f } = e.events;
  const v = at + ev.EF_VALUES;
  const [priceTicks, quantityLots] = [f[v], f[v + 1]];
  return {
    type: 'trade',
    ...head,
    symbol: instrument.symbol,
    priceTicks,
    quantityLots,
    takerSide: (detail & 1) === 0 ? 'buy' : 'sell',
    makerOrderId: orderIdOf(e, maker),
    makerAccountId: accountIdOf(e, maker),
    makerRemainingLots: f[v + 2],
    takerOrderId: orderIdOf(e, taker),
    takerAccountId: accountIdOf(e, taker),
    takerRemainingLots: f[v + 3],
    baseAsset: instrument.base.code,
    baseAmount: quantityLots * instrument.baseUnitsPerLot,
    quoteAsset: instrument.quote.code,
    quoteAmount: priceTicks * quantityLots * instrument.quoteUnitsPerTickLot,
    buyerHeld: f[v + 4],
    sellerHeld: f[v + 5],
    buyerFee: f[v + 6],
    sellerFee: f[v + 7],
  };
}

/** The asset that an order of this instrument and side holds. */
function heldAsset(e: Engine, bookAndSide: number): string {
  const { instrument } = e.books[bookAndSide >> 1];
  return (bookAndSide & 1) === 0 ? instrument.quote.code : instrument.base.code;
}

function eventAt(e: Engine, command: Command, n: number): Event {
  const { i, f } = e.events;
  const word = n * ev.EVENT_WORDS;
  const at = n * ev.EVENT_DOUBLES;
  const v = at + ev.EF_VALUES;
  const head: Head = { partition: e.partition, seq: f[at + ev.EF_SEQ], time: e.time };
  const detail = i[word + ev.E_DETAIL];
  const memory = i[word + ev.E_ORDER];
  const other = i[word + ev.E_OTHER];
  switch (i[word]) {
    case ev.EV_ACCEPTED:
      return { type: 'order_accepted', ...head, ...termsOf(requestOf(command, other)), heldAsset: heldAsset(e, detail), heldAmount: f[v] };
    case ev.EV_REJECTED: return { type: 'order_rejected', ...head, ...termsOf(requestOf(command, other)), reason: REJECTIONS[detail] };
    case ev.EV_DUPLICATE: {
      const { request: { orderId, accountId, clientOrderId }, listId } = requestOf(command, detail);
      return { type: 'order_duplicate', ...head, orderId, originalOrderId: orderIdOf(e, other), accountId, clientOrderId, listId };
    }
    case ev.EV_TRADE: return tradeEvent(e, head, detail, memory, other, at);
    case ev.EV_CANCELLED:
      return {
        type: 'order_cancelled', ...head, orderId: orderIdOf(e, memory), accountId: accountIdOf(e, memory), symbol: e.books[other >> 1].instrument.symbol,
        reason: CANCEL_REASONS[detail], remainingLots: f[v], releasedAsset: heldAsset(e, other), releasedAmount: f[v + 1],
      };
    case ev.EV_CANCEL_REJECTED: {
      const { orderId = NIL_UUID, accountId } = command as Partial<CancelOrder> & { accountId: string };
      return { type: 'cancel_rejected', ...head, orderId: memory < 0 ? orderId : orderIdOf(e, memory), accountId, reason: REJECTIONS[detail] };
    }
    case ev.EV_TRIGGERED:
      return {
        type: 'order_triggered', ...head, orderId: orderIdOf(e, memory), accountId: accountIdOf(e, memory), symbol: e.books[detail].instrument.symbol,
        priceTicks: f[v],
      };
    case ev.EV_AMENDED: {
      const { amendId, orderId, accountId } = command as AmendOrder;
      return {
        type: 'order_amended', ...head, amendId, orderId, accountId, symbol: e.books[other >> 1].instrument.symbol, priceTicks: f[v], quantityLots: f[v + 1],
        remainingLots: f[v + 2], keepsPriority: detail === 1, heldAsset: heldAsset(e, other), heldDelta: f[v + 3],
      };
    }
    case ev.EV_AMEND_REJECTED: {
      const { amendId, orderId, accountId } = command as AmendOrder;
      return { type: 'amend_rejected', ...head, amendId, orderId, accountId, reason: REJECTIONS[detail] };
    }
    case ev.EV_DONE: return doneEvent(e, head, command);
    case ev.EV_REFUSED: return refusedEvent(head, command, REJECTIONS[detail]);
    default: throw new Error(`the engine knows no event ${i[word]}`);
  }
}

/** What the command that was applied last has caused. */
export function materialize(e: Engine, command: Command): Event[] {
  return Array.from({ length: e.events.count }, (_, n) => eventAt(e, command, n));
}
