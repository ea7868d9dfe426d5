import { administer, type AdminCommand } from './admin';
import { amend } from './amend';
import type { Book } from './book';
import { cancelOrder } from './cancel';
import type { Engine } from './engine';
import { HashIndex, hashMore } from './hash-index';
import { Lookahead } from './lookahead';
import { placeOco } from './oco';
import { place } from './place';
import { Request, u53 } from './request';
import { runTriggers } from './triggers';
import { ByteReader, CorruptDataError, readCommand } from '../../../domain';
import * as at from '../../../domain/codec/command-layout';

/** Applies commands from the words of a journal record. One command is one step: time, what is forgotten, the command, what it triggers. */
export class Stepper {
  private readonly request = new Request();
  private readonly second = new Request();
  private readonly symbols = new HashIndex(64);
  private indexed = 0;
  private recent: Book | undefined;

  private readonly lookahead: Lookahead;

  // Closures over the one engine of the process: V8 takes what they capture for constants, down to the addresses of its arrays.
  private readonly amend: (w: Int32Array, from: number) => Book | undefined;
  private readonly place: (request: Request, w: Int32Array) => void;
  private readonly cancel: (w: Int32Array, from: number, bytes: number) => void;

  /** @param smallBook orders up to which a batch is not read ahead; for tests */
  constructor(readonly engine: Engine, private readonly supported: number, smallBook?: number) {
    this.lookahead = new Lookahead(engine, smallBook);
    this.amend = (w, from) => amend(engine, w, from);
    this.place = (request, w) => place(engine, request, w);
    this.cancel = (w, from, bytes) => cancelOrder(engine, w, from, bytes);
  }

  /**
   * Applies the commands from a word on.
   *
   * @param after called after each command, while its events are there
   * @returns number of commands @throws CorruptDataError when something else than commands stands there
   */
  batch(w: Int32Array, from: number, end: number, after?: () => void): number {
    const { lookahead } = this;
    let count = 0;
    for (let next = from; next < end;) {
      const behind = Math.max(next + 1, lookahead.group(w, next, end, this.recent));
      const stop = behind < end ? behind : end;
      for (; next < stop; count++) {
        next = this.step(w, next, end);
        if (after !== undefined) after();
      }
    }
    return count;
  }

  /** To be called when the engine was cleared. */
  clear(): void {
    this.symbols.clear();
    this.indexed = 0;
    this.recent = undefined;
  }

  /** Applies the command at a word. @returns the word behind it @throws CorruptDataError when no command stands there */
  step(w: Int32Array, from: number, end: number): number {
    if (from + at.HEAD_WORDS > end) throw new CorruptDataError('a batch of commands ends within a command');
    const { engine } = this;
    engine.events.count = 0;
    switch (w[from] & 255) {
      case at.AMEND_ORDER: {
        const next = from + at.AMEND_WORDS;
        this.check(next, end);
        this.begin(u53(w, from + at.TIME_AT));
        const book = this.amend(w, from);
        if (book !== undefined && book.high >= 0) runTriggers(engine, book);
        return next;
      }
      case at.PLACE_ORDER: {
        const { request } = this;
        const next = request.read(w, from, end);
        this.begin(u53(w, from + at.TIME_AT));
        const book = request.book = this.find(w, request.symbolAt, request.symbolBytes);
        this.place(request, w);
        if (book !== undefined && book.high >= 0) runTriggers(engine, book);
        return next;
      }
      case at.CANCEL_ORDER: {
        const bytes = (w[from] >> 8) & 255;
        const next = from + at.CANCEL_TAIL_AT + ((bytes + 3) >> 2);
        if (bytes > at.MAX_CLIENT_ID_BYTES) throw new CorruptDataError(`a client order id of ${bytes} bytes`);
        this.check(next, end);
        this.begin(u53(w, from + at.TIME_AT));
        this.cancel(w, from, bytes);
        return next;
      }
      case at.PLACE_OCO: return this.list(w, from, end);
      default: {
        const next = from + at.HEAD_WORDS + ((w[from + 1] + 3) >> 2);
        if (w[from + 1] < 0) throw new CorruptDataError('a command of negative length');
        this.check(next, end);
        const command = readCommand(new ByteReader(new Uint8Array(w.buffer, w.byteOffset + from * 4, (next - from) * 4)));
        this.administer(command as AdminCommand);
        return next;
      }
    }
  }

  /** Applies a rare command that is there as an object. */
  administer(command: AdminCommand): void {
    this.engine.events.count = 0;
    this.begin(command.time);
    administer(this.engine, command, this.supported);
  }

  private list(w: Int32Array, from: number, end: number): number {
    const { request, second } = this;
    const between = request.read(w, from + at.LIST_ORDERS_AT, end);
    const next = second.read(w, between, end);
    this.begin(u53(w, from + at.TIME_AT));
    request.book = this.find(w, request.symbolAt, request.symbolBytes);
    second.book = this.find(w, second.symbolAt, second.symbolBytes);
    placeOco(this.engine, w, from, request, second);
    if (request.book !== undefined && request.book.high >= 0) runTriggers(this.engine, request.book);
    return next;
  }

  private check(next: number, end: number): void {
    if (next > end) throw new CorruptDataError('a batch of commands ends within a command');
  }

  /** The core's time never runs backwards. */
  private begin(time: number): void {
    const { engine } = this;
    if (time > engine.time) {
      engine.time = time;
      if (time > engine.memory.evictAfter) engine.memory.evict(time);
    }
  }

  private find(w: Int32Array, from: number, bytes: number): Book | undefined {
    const { recent } = this;
    if (recent !== undefined && matches(recent, w, from, bytes)) return recent;
    const { books } = this.engine;
    for (; this.indexed < books.length; this.indexed++) {
      this.symbols.insert(tagOf(books[this.indexed].symbolWords, 0, books[this.indexed].symbolBytes), this.indexed);
    }
    const tag = tagOf(w, from, bytes);
    const { entries, mask } = this.symbols;
    let value: number;
    for (let e = tag & mask; (value = entries[(e << 1) | 1]) !== 0; e = (e + 1) & mask) {
      if (entries[e << 1] !== tag || !matches(books[value - 1], w, from, bytes)) continue;
      this.recent = books[value - 1];
      return this.recent;
    }
    return undefined;
  }
}

function matches(book: Book, w: Int32Array, from: number, bytes: number): boolean {
  if (book.symbolBytes !== bytes) return false;
  const { symbolWords } = book;
  for (let n = 0; n << 2 < bytes; n++) if (symbolWords[n] !== w[from + n]) return false;
  return true;
}

function tagOf(w: Int32Array, from: number, bytes: number): number {
  let tag = bytes;
  for (let n = 0; n << 2 < bytes; n++) tag = hashMore(tag, w[from + n]);
  return tag;
}
