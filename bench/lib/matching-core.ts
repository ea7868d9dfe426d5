/** The workload on the project's own core: its commands as they stand in the journal, all checks switched on. */
import * as w from './matching-workload';
import type { InstrumentSpec } from '../../services/domain';
import * as at from '../../services/domain/codec/command-layout';
import { administer } from '../../services/reference-matcher/core/engine/admin';
import { CORE_VERSION, Engine } from '../../services/reference-matcher/core/engine/engine';
import * as ev from '../../services/reference-matcher/core/engine/event-buffer';
import { MEMORY_WORDS } from '../../services/reference-matcher/core/engine/order-memory';
import { Stepper } from '../../services/reference-matcher/core/engine/stepper';

/** Buyers and sellers are different people, as in the workload's definition nothing prevents two orders from meeting. */
export const ACCOUNTS_PER_SIDE = 500;
const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 5, 9);

const INSTRUMENT: InstrumentSpec = {
  symbol: 'BTCUSDT',
  base: { code: 'BTC', decimals: 8 },
  quote: { code: 'USDT', decimals: 6 },
  tickSize: '0.1',
  lotSize: '0.0001',
  version: 1,
  rules: { makerFeePpm: 100, takerFeePpm: 250, minNotional: '0.00001', priceBandBps: 9_900, maxOpenOrders: 1_000_000, maxPosition: '80000' },
};

function mixed(n: number): number {
  let h = Math.imul(n, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca77);
  return h ^ (h >>> 13);
}

/** A UUID of version 7 as it would be given at the time of its command; the last word is the workload's own number. */
function putOrderId(words: Int32Array, to: number, id: number): void {
  const bytes = Buffer.from(words.buffer, to * 4, 16);
  bytes.writeUIntBE(START + Math.floor(id / 1_000), 0, 6);
  bytes.writeUInt16BE(0x7000 | (mixed(id) & 0xfff), 6);
  bytes.writeUInt32BE((0x80000000 | (mixed(id + 77) >>> 2)) >>> 0, 8);
  words[to + 3] = id;
}

function putAccountId(words: Int32Array, to: number, account: number): void {
  words[to] = mixed(account + 1);
  words[to + 1] = mixed(account + 1_000_001);
  words[to + 2] = mixed(account + 2_000_001);
  words[to + 3] = mixed(account + 3_000_001);
}

const accountOf = (id: number, side: number): number => (id % ACCOUNTS_PER_SIDE) + side * ACCOUNTS_PER_SIDE;

export interface JournalWords {
  readonly words: Int32Array;
  /** Word at which the measured part begins. */
  readonly timedAt: number;
  readonly end: number;
}

/** The commands as words of the journal: client ids of twelve characters, one millisecond for a thousand commands. */
export function journalWords(workload: w.Workload): JournalWords {
  const { commands, records, prefill } = workload;
  const sides = new Uint8Array(workload.nextId);
  let size = 0;
  for (let n = 0; n < records; n++) size += [27, 12, 20][commands[n * w.COMMAND_WORDS + w.C_TYPE]];
  const words = new Int32Array(size);
  const bytes = Buffer.from(words.buffer);
  let to = 0;
  let timedAt = 0;
  for (let n = 0; n < records; n++) {
    if (n === prefill) timedAt = to;
    const c = n * w.COMMAND_WORDS;
    const id = commands[c + w.C_ID];
    const type = commands[c + w.C_TYPE];
    if (type === w.NEW) sides[id] = commands[c + w.C_SIDE];
    const side = sides[id];
    const time = START + Math.floor(n / 1_000);
    words[to + at.TIME_AT] = time % 2 ** 32;
    words[to + at.TIME_AT + 1] = Math.floor(time / 2 ** 32);
    putOrderId(words, to + at.ORDER_ID_AT, id);
    putAccountId(words, to + at.ACCOUNT_ID_AT, accountOf(id, side));
    if (type === w.NEW) {
      // Limit; good till cancelled or immediate; self-trade prevention: expire taker; 12 bytes of client id, 7 of symbol.
      words[to] = at.PLACE_ORDER | (side << 8) | (commands[c + w.C_IOC] << 24);
      words[to + 1] = (1 << 8) | (12 << 16) | (7 << 24);
      for (let k = 0; k < 4; k++) words[to + at.DIGEST_AT + k] = mixed(id * 4 + k);
      words[to + at.PRICE_AT] = commands[c + w.C_PRICE];
      words[to + at.QUANTITY_AT] = commands[c + w.C_QUANTITY];
      bytes.write(INSTRUMENT.symbol, (to + at.ORDER_TAIL_AT) * 4, 'latin1');
      bytes.write(`c${String(id).padStart(11, '0')}`, (to + at.ORDER_TAIL_AT + 2) * 4, 'latin1');
      to += at.ORDER_TAIL_AT + 5;
    } else if (type === w.CANCEL) {
      words[to] = at.CANCEL_ORDER;
      to += at.CANCEL_TAIL_AT;
    } else {
      words[to] = at.AMEND_ORDER;
      words[to + at.PRICE_AT] = commands[c + w.C_PRICE];
      const amendId = Buffer.from(words.buffer, (to + at.AMEND_ID_AT) * 4, 16);
      amendId.writeUIntBE(time, 0, 6);
      amendId.writeUInt16BE(0x7000 | n % 1_000, 6);
      amendId.writeUInt32BE((0x80000000 | (mixed(n) >>> 2)) >>> 0, 8);
      amendId.writeUInt32BE(mixed(n + 5) >>> 0, 12);
      to += at.AMEND_WORDS;
    }
  }
  return { words: words.subarray(0, to), timedAt: records > prefill ? timedAt : to, end: to };
}

/** The one core of the process, as in the service; it starts over for every book. */
export class CoreRun {
  trades = 0;
  checksum = 0;
  readonly engine: Engine;
  private readonly stepper: Stepper;
  private at = 0;
  private rejected = 0;

  constructor(private readonly workload: w.Workload, private readonly journal: JournalWords) {
    this.engine = new Engine({
      partition: 0,
      idempotencyWindowMs: HOUR,
      version: CORE_VERSION,
      expectedOrders: 2 ** Math.ceil(Math.log2(workload.prefill * 1.5)),
      expectedRemembered: workload.nextId,
      expectedAccounts: 2 * ACCOUNTS_PER_SIDE + 64,
      ladderTicks: 2 ** 17,
    });
    this.stepper = new Stepper(this.engine, CORE_VERSION);
  }

  /** A new book: the instrument, its rules, everybody's money, and the orders that are there before the clock runs. */
  prepare(): void {
    const { engine } = this;
    engine.clear();
    this.stepper.clear();
    administer(engine, { type: 'configure_instrument', time: START, instrument: INSTRUMENT });
    administer(engine, { type: 'set_mark_price', time: START, symbol: INSTRUMENT.symbol, priceTicks: this.workload.mid });
    const words = new Int32Array(4);
    const bytes = Buffer.from(words.buffer);
    for (let account = 0; account < 2 * ACCOUNTS_PER_SIDE; account++) {
      putAccountId(words, 0, account);
      const hex = bytes.toString('hex');
      const accountId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
      const asset = account < ACCOUNTS_PER_SIDE ? 'USDT' : 'BTC';
      const depositId = `00000000-0000-4000-8000-${String(account).padStart(12, '0')}`;
      administer(engine, { type: 'deposit', time: START, depositId, accountId, asset, amount: 10 ** 13 });
    }
    engine.events.count = 0;
    this.at = 0;
    this.run(this.journal.timedAt);
    this.trades = 0;
    this.checksum = 0;
  }

  /** Applies the next command, as the service does when commands come one by one. */
  one(): void {
    this.at = this.stepper.step(this.journal.words, this.at, this.journal.end);
  }

  /** Applies commands up to a word and takes their trades from the event buffer. @returns number of rejections */
  run(end: number): number {
    this.rejected = 0;
    this.stepper.batch(this.journal.words, this.at, end, this.take);
    this.at = end;
    return this.rejected;
  }

  private readonly take = (): void => {
    const { i, f, count } = this.engine.events;
    const ids = this.engine.memory.pool.i;
    for (let n = 0; n < count; n++) {
      const word = n * ev.EVENT_WORDS;
      const code = i[word];
      if (code === ev.EV_TRADE) {
        const v = n * ev.EVENT_DOUBLES + ev.EF_VALUES;
        this.trades++;
        const maker = ids[i[word + ev.E_OTHER] * MEMORY_WORDS + 3];
        const taker = ids[i[word + ev.E_ORDER] * MEMORY_WORDS + 3];
        this.checksum = w.addTrade(this.checksum, maker, taker, f[v], f[v + 1]);
      } else if (code === ev.EV_REJECTED || code === ev.EV_AMEND_REJECTED || code === ev.EV_CANCEL_REJECTED) {
        this.rejected++;
      }
    }
  };
}
