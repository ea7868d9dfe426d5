import { ACCOUNT_WORDS, A_BALANCES, B_ASSET, B_NEXT, BALANCE_DOUBLES, BALANCE_WORDS, FREE, HELD, S_ACCOUNT, SEAT_WORDS } from './engine/accounts';
import type { Engine } from './engine/engine';
import * as mem from './engine/order-memory';
import * as o from './engine/orders';
import { Stepper } from './engine/stepper';
import { materialize, uuidAt } from './materialize';
import { captureOf, type Captured } from './snapshot/capture';
import { encodeCaptured } from './snapshot/encode';
import { HASH_BYTES } from './snapshot/format';
import {
  CorruptDataError, encodeCommand, openCommandBatch, ORDER_TYPES,
  type AccountBalance, type Command, type Core, type CoreCapture, type Event, type Instrument, type Level, type OpenOrder, type OpenOrders,
} from '../../domain';

/** The engine as the rest of the matcher sees it: commands and events as objects at its edge, numbers inside. */
export class ExchangeCore implements Core {
  private readonly stepper: Stepper;
  private words = new Int32Array(1_024);

  constructor(private readonly engine: Engine, supported: number) {
    this.stepper = new Stepper(engine, supported);
  }

  get partition(): number {
    return this.engine.partition;
  }

  get lastSeq(): number {
    return this.engine.events.seq;
  }

  get version(): number {
    return this.engine.version;
  }

  apply(command: Command): readonly Event[] {
    switch (command.type) {
      case 'place_order':
      case 'place_oco':
      case 'cancel_order':
      case 'amend_order': {
        const words = this.load(encodeCommand(command), 0);
        this.stepper.step(this.words, 0, words);
        break;
      }
      default:
        this.stepper.administer(command);
    }
    return materialize(this.engine, command);
  }

  replay(frame: Uint8Array): number {
    const { partition, count, firstByte, endByte } = openCommandBatch(frame);
    if (partition !== this.partition) throw new CorruptDataError(`a batch of commands for partition ${partition} in the journal of ${this.partition}`);
    const end = this.load(frame.subarray(0, endByte), firstByte);
    const { stepper, words, engine } = this;
    engine.events.silent = true;
    try {
      const applied = stepper.batch(words, 0, end);
      if (applied !== count) throw new CorruptDataError(`a batch of ${count} commands holds ${applied}`);
    } finally {
      engine.events.silent = false;
      engine.events.count = 0;
    }
    return count;
  }

  levels(symbol: string, depth: number): { bids: Level[]; asks: Level[] } {
    const book = this.engine.bookOf.get(symbol);
    const bids: Level[] = [];
    const asks: Level[] = [];
    if (!book) return { bids, asks };
    for (let price = book.bid; price >= 0 && bids.length < depth; price = book.below(price)) {
      bids.push({ priceTicks: price, quantityLots: book.total(price) });
    }
    for (let price = book.ask; price !== Infinity && asks.length < depth; price = book.above(price)) {
      asks.push({ priceTicks: price, quantityLots: book.total(price) });
    }
    return { bids, asks };
  }

  orders(symbol: string): OpenOrders {
    const book = this.engine.bookOf.get(symbol);
    if (!book) return { bids: [], asks: [], falling: [], rising: [] };
    const bids: OpenOrder[] = [];
    const asks: OpenOrder[] = [];
    for (let price = book.bid; price >= 0; price = book.below(price)) this.queue(book.head(price), bids);
    for (let price = book.ask; price !== Infinity; price = book.above(price)) this.queue(book.head(price), asks);
    const falling: OpenOrder[] = [];
    const rising: OpenOrder[] = [];
    for (let rank = book.falling.count - 1; rank >= 0; rank--) this.queue(book.falling.heads[rank], falling);
    for (let rank = 0; rank < book.rising.count; rank++) this.queue(book.rising.heads[rank], rising);
    return { bids, asks, falling, rising };
  }

  instruments(): readonly Instrument[] {
    return this.engine.books.map(({ instrument }) => instrument).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  }

  balances(): readonly AccountBalance[] {
    const { accounts, assets } = this.engine;
    const list: AccountBalance[] = [];
    for (let account = 0; account < accounts.accounts.top; account++) {
      const accountId = uuidAt(accounts.accounts.i, account * ACCOUNT_WORDS);
      const { i, f } = accounts.balances;
      for (let b = accounts.accounts.i[account * ACCOUNT_WORDS + A_BALANCES]; b >= 0; b = i[b * BALANCE_WORDS + B_NEXT]) {
        const [free, held] = [f[b * BALANCE_DOUBLES + FREE], f[b * BALANCE_DOUBLES + HELD]];
        if (free !== 0 || held !== 0) list.push({ accountId, asset: assets[i[b * BALANCE_WORDS + B_ASSET]].code, free, held });
      }
    }
    const key = ({ accountId, asset }: AccountBalance): string => `${accountId} ${asset}`;
    return list.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  capture(earlier?: CoreCapture): CoreCapture {
    return { partition: this.partition, lastSeq: this.lastSeq, memory: captureOf(this.engine, true, earlier?.memory as Captured | undefined) };
  }

  snapshot(): Uint8Array {
    return encodeCaptured(captureOf(this.engine, false));
  }

  stateHash(): string {
    const snapshot = this.snapshot();
    return Buffer.from(snapshot.subarray(snapshot.length - HASH_BYTES)).toString('hex');
  }

  /** Puts bytes from a point on into the words. @returns how many words they are */
  private load(data: Uint8Array, from: number): number {
    const size = data.length - from;
    if (size % 4 !== 0) throw new CorruptDataError(`a batch of commands ends within a word, after ${data.length} bytes`);
    if (size > this.words.length * 4) this.words = new Int32Array(size / 2);
    new Uint8Array(this.words.buffer).set(data.subarray(from));
    return size / 4;
  }

  private queue(head: number, into: OpenOrder[]): void {
    const { orders, memory, accounts } = this.engine;
    const { i, f } = orders;
    for (let order = head; order >= 0; order = i[order * o.ORDER_WORDS + o.NEXT]) {
      const w = order * o.ORDER_WORDS;
      const record = i[w + o.MEMORY];
      const m = record * mem.MEMORY_WORDS;
      const flags = i[w + o.FLAGS];
      const records = memory.pool;
      into.push({
        orderId: uuidAt(records.i, m),
        accountId: uuidAt(accounts.accounts.i, accounts.seats.i[i[w + o.SEAT] * SEAT_WORDS + S_ACCOUNT] * ACCOUNT_WORDS),
        clientOrderId: Buffer.from(records.i.buffer, records.i.byteOffset + (m + mem.M_CLIENT_ID) * 4, records.i[m + mem.M_CLIENT_BYTES]).toString('latin1'),
        side: (flags & o.SELL) === 0 ? 'buy' : 'sell',
        orderType: ORDER_TYPES[(flags >> o.TYPE_SHIFT) & o.TYPE_MASK],
        priceTicks: f[order * o.ORDER_DOUBLES + o.F_PRICE],
        // An order that was triggered waits for nothing any more.
        triggerTicks: (flags & o.WAITING) !== 0 ? f[order * o.ORDER_DOUBLES + o.F_TRIGGER] : 0,
        quantityLots: f[order * o.ORDER_DOUBLES + o.F_QUANTITY],
        remainingLots: f[order * o.ORDER_DOUBLES + o.F_REMAINING],
      });
    }
  }
}

/** The snapshot of a capture. Runs in any thread: post the capture there and encode it beside the core. */
export function encodeCapture(capture: CoreCapture): Uint8Array {
  return encodeCaptured(capture.memory as Captured);
}
