/** Writes and reads commands: orders, cancellations and amendments at fixed places, everything else by its description. */
import type { ByteReader, ByteWriter } from './bytes';
import * as at from './command-layout';
import { commandCodec } from './messages';
import { digest, orderType, selfTradePrevention, side, timeInForce, uuid } from './schema';
import type { AmendOrder, CancelOrder, Command, OrderRequest, PlaceOco, PlaceOrder } from '../command';
import { CorruptDataError } from '../errors';

const ASCII = /^[\x20-\x7e]*$/;

function shortText(out: ByteWriter, value: string): void {
  out.bytes(Buffer.from(value, 'latin1'));
  out.align();
}

function checked(what: string, value: string, most: number): number {
  if (value.length > most || !ASCII.test(value)) {
    throw new RangeError(`${what} must be at most ${most} printable ASCII characters, got ${JSON.stringify(value)}`);
  }
  return value.length;
}

function readShortText(from: ByteReader, length: number, most: number): string {
  if (length > most) throw new CorruptDataError(`a text of ${length} bytes, at most ${most} were expected`);
  const text = from.bytes(length).toString('latin1');
  if (!ASCII.test(text)) throw new CorruptDataError('a text has characters that are not printable ASCII');
  from.align();
  return text;
}

function zero(byte: number): void {
  if (byte !== 0) throw new CorruptDataError(`a byte that must be 0 is ${byte}`);
}

function writeOrder(out: ByteWriter, time: number, order: OrderRequest): void {
  const symbolBytes = checked('a symbol', order.symbol, at.MAX_SYMBOL_BYTES);
  const clientBytes = checked('a client order id', order.clientOrderId, at.MAX_CLIENT_ID_BYTES);
  out.u8(at.PLACE_ORDER);
  side.write(out, order.side);
  orderType.write(out, order.orderType);
  timeInForce.write(out, order.timeInForce);
  const optional = (order.triggerTicks === 0 ? 0 : at.FLAG_TRIGGER) | (order.quoteBudget === 0 ? 0 : at.FLAG_BUDGET);
  out.u8((order.postOnly ? at.FLAG_POST_ONLY : 0) | optional);
  selfTradePrevention.write(out, order.selfTradePrevention);
  out.u8(clientBytes);
  out.u8(symbolBytes);
  out.u53(time);
  uuid.write(out, order.orderId);
  uuid.write(out, order.accountId);
  digest.write(out, order.digest);
  out.u53(order.priceTicks);
  out.u53(order.quantityLots);
  if (order.triggerTicks !== 0) out.u53(order.triggerTicks);
  if (order.quoteBudget !== 0) out.u53(order.quoteBudget);
  shortText(out, order.symbol);
  shortText(out, order.clientOrderId);
}

/** What follows the code. */
function readOrder(from: ByteReader): { time: number; order: OrderRequest } {
  const terms = { side: side.read(from), orderType: orderType.read(from), timeInForce: timeInForce.read(from) };
  const flags = from.u8();
  if (flags > (at.FLAG_POST_ONLY | at.FLAG_TRIGGER | at.FLAG_BUDGET)) throw new CorruptDataError(`${flags} are no flags of an order`);
  const stp = selfTradePrevention.read(from);
  const clientBytes = from.u8();
  const symbolBytes = from.u8();
  const time = from.u53();
  const orderId = uuid.read(from);
  const accountId = uuid.read(from);
  const digestHex = digest.read(from);
  const priceTicks = from.u53();
  const quantityLots = from.u53();
  const triggerTicks = (flags & at.FLAG_TRIGGER) === 0 ? 0 : from.u53();
  const quoteBudget = (flags & at.FLAG_BUDGET) === 0 ? 0 : from.u53();
  const symbol = readShortText(from, symbolBytes, at.MAX_SYMBOL_BYTES);
  const clientOrderId = readShortText(from, clientBytes, at.MAX_CLIENT_ID_BYTES);
  return {
    time,
    order: {
      orderId,
      accountId,
      clientOrderId,
      digest: digestHex,
      symbol,
      ...terms,
      postOnly: (flags & at.FLAG_POST_ONLY) !== 0,
      selfTradePrevention: stp,
      priceTicks,
      triggerTicks,
      quantityLots,
      quoteBudget,
    },
  };
}

function writeCancel(out: ByteWriter, command: CancelOrder): void {
  out.u8(at.CANCEL_ORDER);
  out.u8(checked('a client order id', command.clientOrderId, at.MAX_CLIENT_ID_BYTES));
  out.u16(0);
  out.u32(0);
  out.u53(command.time);
  uuid.write(out, command.orderId);
  uuid.write(out, command.accountId);
  shortText(out, command.clientOrderId);
}

function readCancel(from: ByteReader): CancelOrder {
  const clientBytes = from.u8();
  zero(from.u16());
  zero(from.u32());
  const time = from.u53();
  const orderId = uuid.read(from);
  const accountId = uuid.read(from);
  return { type: 'cancel_order', time, orderId, accountId, clientOrderId: readShortText(from, clientBytes, at.MAX_CLIENT_ID_BYTES) };
}

function writeAmend(out: ByteWriter, command: AmendOrder): void {
  out.u32(at.AMEND_ORDER);
  out.u32(0);
  out.u53(command.time);
  uuid.write(out, command.orderId);
  uuid.write(out, command.accountId);
  uuid.write(out, command.amendId);
  out.u53(command.priceTicks);
  out.u53(command.quantityLots);
}

function readAmend(from: ByteReader): AmendOrder {
  zero(from.u8());
  zero(from.u16());
  zero(from.u32());
  const time = from.u53();
  const orderId = uuid.read(from);
  const accountId = uuid.read(from);
  const amendId = uuid.read(from);
  return { type: 'amend_order', time, amendId, orderId, accountId, priceTicks: from.u53(), quantityLots: from.u53() };
}

function writeOco(out: ByteWriter, command: PlaceOco): void {
  out.u32(at.PLACE_OCO);
  out.u32(0);
  out.u53(command.time);
  uuid.write(out, command.listId);
  writeOrder(out, command.time, command.resting);
  writeOrder(out, command.time, command.waiting);
}

function readOco(from: ByteReader): PlaceOco {
  zero(from.u8());
  zero(from.u16());
  zero(from.u32());
  const time = from.u53();
  const listId = uuid.read(from);
  const leg = (): OrderRequest => {
    if (from.u8() !== at.PLACE_ORDER) throw new CorruptDataError('a list holds something that is not an order');
    return readOrder(from).order;
  };
  return { type: 'place_oco', time, listId, resting: leg(), waiting: leg() };
}

/** Appends a command; it ends at a multiple of four bytes if it begins at one. */
export function writeCommand(out: ByteWriter, command: Command): void {
  switch (command.type) {
    case 'place_order': return writeOrder(out, command.time, command);
    case 'cancel_order': return writeCancel(out, command);
    case 'amend_order': return writeAmend(out, command);
    case 'place_oco': return writeOco(out, command);
    default: {
      const start = out.length;
      out.u32(commandCodec.codeOf(command));
      out.u32(0);
      out.u53(command.time);
      commandCodec.writeFields(out, command);
      out.patchU32(out.length - start - at.HEAD_WORDS * 4, start + 4);
      out.align();
      return undefined;
    }
  }
}

/** @throws CorruptDataError when the bytes are not a command */
export function readCommand(from: ByteReader): Command {
  const code = from.u8();
  switch (code) {
    case at.PLACE_ORDER: {
      const { time, order } = readOrder(from);
      const command: PlaceOrder = { type: 'place_order', time, ...order };
      return command;
    }
    case at.CANCEL_ORDER: return readCancel(from);
    case at.AMEND_ORDER: return readAmend(from);
    case at.PLACE_OCO: return readOco(from);
    default: {
      zero(from.u8());
      zero(from.u16());
      const length = from.u32();
      const time = from.u53();
      const before = from.remaining;
      const command = commandCodec.readFields(from, code, { time });
      if (before - from.remaining !== length) throw new CorruptDataError(`a command of ${length} bytes ended after ${before - from.remaining}`);
      from.align();
      return command;
    }
  }
}
