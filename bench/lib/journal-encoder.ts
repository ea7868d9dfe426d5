/** Commands of the matching workload as frames of the journal: what an order gateway does with orders that come in as numbers. */
import { crc32 } from 'node:zlib';
import * as w from './matching-workload';
import { BATCH_OVERHEAD, commandLayout as at, encodeCommandBatch, type Command, type InstrumentSpec } from '../../services/domain';

const ACCOUNTS_PER_SIDE = 500;
const START = Date.UTC(2026, 0, 5, 9);
const SYMBOL = 'BTCUSDT';
const COMMANDS_PER_MS = 1_000;
/** Words of the largest command that comes up: an order with a symbol of seven and a client id of twelve bytes. */
const MOST_WORDS = at.ORDER_TAIL_AT + 5;
const ENVELOPE_WORDS = BATCH_OVERHEAD / 4;

const INSTRUMENT: InstrumentSpec = {
  symbol: SYMBOL, base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
  rules: { makerFeePpm: 100, takerFeePpm: 250, minNotional: '0.00001', priceBandBps: 9_900, maxOpenOrders: 1_000_000, maxPosition: '80000' },
};

function mixed(n: number): number {
  let h = Math.imul(n, 0x9e3779b1);
  h ^= h >>> 15;
  h = Math.imul(h, 0x85ebca77);
  return h ^ (h >>> 13);
}

const swapped = (n: number): number => (n << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24);
const swapped16 = (n: number): number => ((n & 255) << 8) | (n >>> 8);

/** Four digits as the word that they are in a text. */
const DIGITS = Int32Array.from({ length: 10_000 }, (_, n) => Buffer.from(String(n).padStart(4, '0'), 'latin1').readInt32LE(0));
const wordsOf = (text: string): number[] => {
  const bytes = Buffer.alloc((text.length + 3) & ~3);
  bytes.write(text, 'latin1');
  return Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readInt32LE(n * 4));
};
const [SYMBOL_0, SYMBOL_1] = wordsOf(SYMBOL);
const [CLIENT_0] = wordsOf('c000');

/** Ids of the accounts: buyers, then sellers, so that nobody meets an order of their own. */
const ACCOUNTS = Int32Array.from({ length: 8 * ACCOUNTS_PER_SIDE }, (_, n) => mixed((n & 3) * 1_000_000 + (n >> 2) + 1));

function accountId(account: number): string {
  const hex = Buffer.from(ACCOUNTS.buffer, account * 16, 16).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** What makes a venue before the first order: the instrument, its price, and money for everybody. */
export function preparation({ mid }: Pick<w.Workload, 'mid'>): Command[] {
  return [
    { type: 'configure_instrument', time: START, instrument: INSTRUMENT },
    { type: 'set_mark_price', time: START, symbol: SYMBOL, priceTicks: mid },
    ...Array.from({ length: 2 * ACCOUNTS_PER_SIDE }, (_, account): Command => ({
      type: 'deposit', time: START, depositId: `00000000-0000-4000-8000-${String(account).padStart(12, '0')}`, accountId: accountId(account),
      asset: account < ACCOUNTS_PER_SIDE ? 'USDT' : 'BTC', amount: 10 ** 13,
    })),
  ];
}

/** Most words of a frame with so many commands. */
export const frameWords = (commands: number): number => ENVELOPE_WORDS + commands * MOST_WORDS;

/** Encodes a workload from its first command on, frame by frame. */
export class WorkloadEncoder {
  /** Commands that were encoded. */
  done = 0;
  private readonly sides: Uint8Array;
  private readonly buffers = [new Int32Array(0), new Int32Array(0)];
  private turn = 0;
  private readonly envelope: Buffer;

  constructor(private readonly workload: w.Workload, partition = 0) {
    this.sides = new Uint8Array(workload.nextId);
    this.envelope = encodeCommandBatch(partition, []);
  }

  get left(): number {
    return this.workload.records - this.done;
  }

  /** The next commands as a frame, in memory that is given or in the encoder's own, which is used again for the frame after the next one. */
  frame(commands: number, words = this.memory(frameWords(commands))): Buffer {
    let to = ENVELOPE_WORDS;
    for (let n = 0; n < commands; n++) to = this.command(words, to);
    const frame = Buffer.from(words.buffer, 0, to * 4);
    this.envelope.copy(frame);
    words[2] = commands;
    frame.writeUInt32LE(crc32(frame.subarray(8), crc32(frame.subarray(0, 4))), 4);
    return frame;
  }

  private memory(size: number): Int32Array {
    this.turn ^= 1;
    if (this.buffers[this.turn].length < size) this.buffers[this.turn] = new Int32Array(size);
    return this.buffers[this.turn];
  }

  private command(words: Int32Array, to: number): number {
    const { commands } = this.workload;
    const n = this.done++;
    const c = n * w.COMMAND_WORDS;
    const id = commands[c + w.C_ID];
    const time = START + Math.floor(n / COMMANDS_PER_MS);
    words[to + at.TIME_AT] = time | 0;
    words[to + at.TIME_AT + 1] = Math.floor(time / 2 ** 32);
    this.id(words, to + at.ORDER_ID_AT, START + Math.floor(id / COMMANDS_PER_MS), id % COMMANDS_PER_MS, id);
    const type = commands[c + w.C_TYPE];
    if (type === w.NEW) this.sides[id] = commands[c + w.C_SIDE];
    const side = this.sides[id];
    const account = 4 * ((id % ACCOUNTS_PER_SIDE) + side * ACCOUNTS_PER_SIDE);
    for (let k = 0; k < 4; k++) words[to + at.ACCOUNT_ID_AT + k] = ACCOUNTS[account + k];
    if (type === w.CANCEL) {
      words[to] = at.CANCEL_ORDER;
      words[to + 1] = 0;
      return to + at.CANCEL_TAIL_AT;
    }
    words[to + at.PRICE_AT] = commands[c + w.C_PRICE];
    words[to + at.PRICE_AT + 1] = 0;
    words[to + at.QUANTITY_AT + 1] = 0;
    if (type === w.MODIFY) {
      words[to] = at.AMEND_ORDER;
      words[to + 1] = 0;
      // The quantity stays what is left.
      words[to + at.QUANTITY_AT] = 0;
      this.id(words, to + at.AMEND_ID_AT, time, n % COMMANDS_PER_MS, n);
      return to + at.AMEND_WORDS;
    }
    // Limit; good till cancelled or immediate; self-trade prevention: expire taker; client id of 12 bytes, symbol of 7.
    words[to] = at.PLACE_ORDER | (side << 8) | (commands[c + w.C_IOC] << 24);
    words[to + 1] = (1 << 8) | (12 << 16) | (SYMBOL.length << 24);
    for (let k = 0; k < 4; k++) words[to + at.DIGEST_AT + k] = mixed(id * 4 + k);
    words[to + at.QUANTITY_AT] = commands[c + w.C_QUANTITY];
    const tail = to + at.ORDER_TAIL_AT;
    words[tail] = SYMBOL_0;
    words[tail + 1] = SYMBOL_1;
    words[tail + 2] = CLIENT_0;
    words[tail + 3] = DIGITS[Math.floor(id / 10_000)];
    words[tail + 4] = DIGITS[id % 10_000];
    return tail + 5;
  }

  /** A UUID of version 7: its time, a count within the millisecond, and the number at its end. */
  private id(words: Int32Array, to: number, ms: number, count: number, n: number): void {
    words[to] = swapped(Math.floor(ms / 65_536) | 0);
    words[to + 1] = swapped16(ms & 0xffff) | (swapped16(0x7000 | count) << 16);
    words[to + 2] = (mixed(n + 77) & ~0xc0) | 0x80;
    words[to + 3] = n;
  }
}
