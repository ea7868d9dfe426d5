import type { StoredRule, Subject } from '../../adapters/access/rule';
import type { AccessStore, Changed, Changes, Member, RuleChange } from '../../adapters/access/store';
import type { BacktestOrder, BacktestRecord } from '../../adapters/backtests/backtest-store';
import { estimate } from '../../adapters/backtests/estimate';
import type { BacktestJob } from '../../adapters/backtests/job';
import type { JournalWriter } from '../../adapters/journal/journal';
import { type Command, CORE_VERSION, decodeCommandBatch, type InstrumentSpec, newOrderId } from '../../domain';
import type { ApiKeyStore, StoredApiKey } from '../auth/api-key-store';
import { unavailable } from '../http/errors';
import type {
  AsOf, Beginnings, CandleQuery, FillQuery, FillsAsOf, LedgerBalance, LedgerBeginning, LedgerCandle, LedgerChange, LedgerFill, LedgerMinute,
  LedgerOrder, LedgerOrderKey, LedgerPrice, LedgerProgress, LedgerReader, LedgerTrade, LedgerTransfer, OrderQuery, TradeQuery,
} from '../ledger/ledger-reader';
import type { Added, Note, NoteStore, Screenshot } from '../notes/note-store';
import type { NoteChange } from '../notes/request';

/** A journal in memory that can be told to fail, and remembers every command that it got. */
export class RecordingJournal implements JournalWriter {
  readonly commands: Command[] = [];
  /** Partition of each command. */
  readonly partitions: number[] = [];
  /** Called before each append; what it throws is what the append fails with. */
  before: (partition: number) => Promise<void> | void = () => undefined;
  private records = 0;

  async append(partition: number, frame: Uint8Array): Promise<string> {
    await this.before(partition);
    const { commands } = decodeCommandBatch(frame);
    this.commands.push(...commands);
    this.partitions.push(...commands.map(() => partition));
    return String(1000 + this.records++);
  }

  /** What was appended to one partition. */
  of(partition: number): Command[] {
    return this.commands.filter((_, at) => this.partitions[at] === partition);
  }

  async probe(partition: number): Promise<void> {
    await this.before(partition);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A ledger in memory. */
export class MemoryLedger implements LedgerReader {
  /** Orders by their id. */
  readonly known = new Map<string, LedgerOrderKey>();
  specs: InstrumentSpec[] = [];
  rows: LedgerOrder[] = [];
  /** Newest first, as a page gives them. */
  trades: LedgerFill[] = [];
  bars: LedgerCandle[] = [];
  minutesOfTrades: LedgerMinute[] = [];
  time: Date | null = new Date(5_000);
  funds: LedgerBalance[] = [];
  /** Of the account's last reset. */
  resetSeq = 0;
  begun: LedgerBeginning[] = [];
  coreVersion: number | null = CORE_VERSION;
  changed: LedgerChange[] = [];
  tradePrices: (LedgerPrice & { readonly priceTicks: number })[] = [];
  closes: (LedgerPrice & { readonly price: string })[] = [];
  /** Transfers by their id. */
  readonly transfers = new Map<string, LedgerTransfer[]>();
  away = false;

  orders(_accountId: string, { limit, after }: OrderQuery): Promise<AsOf<LedgerOrder>> {
    const start = after === undefined ? 0 : this.rows.findIndex(({ orderId }) => orderId === after.orderId) + 1;
    return this.answer({ seq: 7, time: this.time, rows: this.rows.slice(start, start + limit) });
  }

  balances(): Promise<AsOf<LedgerBalance>> {
    return this.answer({ seq: 7, time: this.time, rows: this.funds });
  }

  order(accountId: string, orderId: string): Promise<LedgerOrder | undefined> {
    const mine = this.known.get(orderId)?.accountId === accountId;
    return this.answer(mine ? this.rows.find((row) => row.orderId === orderId) : undefined);
  }

  orderByClientId(accountId: string, clientOrderId: string): Promise<LedgerOrder | undefined> {
    return this.answer(this.rows.find((row) => row.clientOrderId === clientOrderId && this.known.get(row.orderId)?.accountId === accountId));
  }

  ordersBetween(accountId: string, from: string, to: string): Promise<readonly LedgerOrder[]> {
    return this.answer(this.rows.filter(({ orderId }) => orderId >= from && orderId <= to && this.known.get(orderId)?.accountId === accountId));
  }

  minutes(_symbol: string, since: Date): Promise<readonly LedgerMinute[]> {
    return this.answer(this.minutesOfTrades.filter(({ openTime }) => openTime >= since));
  }

  fills(_accountId: string, { limit, symbol, orderId, after }: FillQuery): Promise<AsOf<LedgerFill>> {
    const fits = this.trades.filter((fill) => (symbol === undefined || fill.symbol === symbol) && (orderId === undefined || fill.orderId === orderId)
      && (after === undefined || fill.seq < after.seq || (fill.seq === after.seq && fill.liquidity < after.liquidity)));
    return this.answer({ seq: 7, time: this.time, rows: fits.slice(0, limit) });
  }

  fillsSince(_accountId: string, seq: number, limit: number): Promise<FillsAsOf> {
    const after = Math.max(seq, this.resetSeq);
    const rows = [...this.trades].reverse().filter((fill) => fill.seq > after).slice(0, limit);
    return this.answer({ seq: 7, time: this.time, rows, resetSeq: this.resetSeq });
  }

  beginnings(): Promise<Beginnings> {
    return this.answer({ seq: 7, time: this.time, rows: this.begun, coreVersion: this.coreVersion });
  }

  changes(): Promise<AsOf<LedgerChange>> {
    const balances = this.funds.map(({ asset, free, held }): LedgerChange => ({ what: 'balance', asset, amount: BigInt(free) + BigInt(held) }));
    return this.answer({ seq: 7, time: this.time, rows: [...balances, ...this.changed] });
  }

  lastTrades(): Promise<readonly (LedgerPrice & { readonly priceTicks: number })[]> {
    return this.answer(this.tradePrices);
  }

  lastCloses(): Promise<readonly (LedgerPrice & { readonly price: string })[]> {
    return this.answer(this.closes);
  }

  candles({ limit }: CandleQuery): Promise<readonly LedgerCandle[]> {
    return this.answer(this.bars.slice(-limit));
  }

  venueTrades({ symbol, limit, fromSeq }: TradeQuery): Promise<readonly LedgerTrade[]> {
    const ofSymbol = [...this.trades].reverse().filter((fill) => fill.symbol === symbol && fill.liquidity === 'taker')
      .map(({ side: takerSide, ...fill }): LedgerTrade => ({ ...fill, takerSide }));
    return this.answer(fromSeq === undefined ? ofSymbol.slice(-limit) : ofSymbol.filter(({ seq }) => seq >= fromSeq).slice(0, limit));
  }

  orderOf(orderId: string): Promise<LedgerOrderKey | undefined> {
    return this.answer(this.known.get(orderId));
  }

  transfer(transferId: string): Promise<readonly LedgerTransfer[]> {
    return this.answer(this.transfers.get(transferId) ?? []);
  }

  instruments(): Promise<readonly InstrumentSpec[]> {
    return this.answer(this.specs);
  }

  progress(): Promise<LedgerProgress> {
    return this.answer({ lastSeq: 7, haltedSeq: null, haltedReason: null });
  }

  private answer<T>(value: T): Promise<T> {
    return this.away ? Promise.reject(unavailable('ledger_unavailable', 'away')) : Promise.resolve(value);
  }
}

/** API keys in memory. */
export class MemoryApiKeys implements ApiKeyStore {
  readonly rows = new Map<string, StoredApiKey>();

  add(key: StoredApiKey, most: number): Promise<boolean> {
    if ([...this.rows.values()].filter(({ accountId }) => accountId === key.accountId).length >= most) return Promise.resolve(false);
    this.rows.set(key.apiKey, key);
    return Promise.resolve(true);
  }

  list(accountId: string): Promise<readonly StoredApiKey[]> {
    return Promise.resolve([...this.rows.values()].filter((key) => key.accountId === accountId));
  }

  remove(accountId: string, id: string): Promise<StoredApiKey | undefined> {
    const found = [...this.rows.values()].find((key) => key.accountId === accountId && key.id === id);
    if (found) this.rows.delete(found.apiKey);
    return Promise.resolve(found);
  }

  find(apiKey: string): Promise<StoredApiKey | undefined> {
    return Promise.resolve(this.rows.get(apiKey));
  }
}

/** Access rules in memory. */
export class MemoryAccess implements AccessStore {
  readonly rows = new Map<string, StoredRule>();
  readonly members = new Map<string, Member>();
  away = false;
  private revision = 0;

  changesAfter(revision: number): Promise<Changes> {
    const rows = [...this.rows.values()].filter((row) => row.revision > revision && (revision > 0 || row.rule !== undefined));
    return this.answer({ revision: this.revision, rows: rows.sort((a, b) => a.revision - b.revision) });
  }

  list(limit: number, after?: Subject): Promise<readonly StoredRule[]> {
    const keys = [...this.rows.keys()].filter((key) => this.rows.get(key)!.rule !== undefined && (!after || key > keyOf(after))).sort();
    return this.answer(keys.slice(0, limit).map((key) => this.rows.get(key)!));
  }

  find(subject: Subject): Promise<StoredRule | undefined> {
    const row = this.rows.get(keyOf(subject));
    return this.answer(row?.rule === undefined ? undefined : row);
  }

  change({ kind, id, version, rule, by, reason }: RuleChange): Promise<Changed> {
    const last = this.rows.get(keyOf({ kind, id }));
    const there = last?.rule === undefined ? 0 : last.version;
    if (there !== version || (there === 0 && rule === undefined)) return this.answer({ outcome: 'conflict', version: there });
    if (this.away) return this.answer<never>(undefined as never);
    const row = { kind, id, rule, version: (last?.version ?? 0) + 1, revision: ++this.revision, changedBy: by, changedAt: new Date(), reason };
    this.rows.set(keyOf(row), row);
    return this.answer({ outcome: 'changed', version: row.version, revision: row.revision, before: last?.rule });
  }

  noteGroups(members: readonly Member[]): Promise<void> {
    for (const member of members) this.members.set(member.accountId, member);
    return this.answer(undefined);
  }

  groupsOf(accountId: string): Promise<readonly string[]> {
    return this.answer(this.members.get(accountId)?.groups ?? []);
  }

  private answer<T>(value: T): Promise<T> {
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve(value);
  }
}

const keyOf = ({ kind, id }: Subject): string => `${kind}/${id}`;

/** Notes in memory. */
export class MemoryNotes implements NoteStore {
  readonly rows = new Map<string, Note>();

  add(note: Note, most: number): Promise<Added> {
    const mine = this.of(note.accountId);
    const known = note.clientNoteId === null ? undefined : mine.find(({ clientNoteId }) => clientNoteId === note.clientNoteId);
    if (known) return Promise.resolve({ outcome: 'known', note: known });
    if (mine.length >= most) return Promise.resolve({ outcome: 'full' });
    this.rows.set(note.id, note);
    return Promise.resolve({ outcome: 'added', note });
  }

  list(accountId: string, _query: object, limit: number): Promise<readonly Note[]> {
    return Promise.resolve(this.of(accountId).slice(0, limit));
  }

  read(accountId: string, id: string): Promise<Note | undefined> {
    return Promise.resolve(this.of(accountId).find((note) => note.id === id));
  }

  async change(accountId: string, id: string, { time, ...change }: NoteChange): Promise<Note | undefined> {
    const note = await this.read(accountId, id);
    return note && this.put({ ...note, ...change, ...(time === undefined ? {} : { time: new Date(time) }) });
  }

  async picture(accountId: string, id: string, screenshot: Screenshot | null): Promise<Note | undefined> {
    const note = await this.read(accountId, id);
    return note && this.put({ ...note, screenshot });
  }

  async remove(accountId: string, id: string): Promise<Note | undefined> {
    const note = await this.read(accountId, id);
    if (note) this.rows.delete(id);
    return note;
  }

  private put(note: Note): Note {
    this.rows.set(note.id, note);
    return note;
  }

  private of(accountId: string): Note[] {
    return [...this.rows.values()].filter((note) => note.accountId === accountId);
  }
}

/** Backtests in memory, which nobody runs. */
export class MemoryBacktests {
  readonly rows = new Map<string, BacktestRecord>();

  submit(userId: string, job: BacktestJob): Promise<BacktestOrder> {
    const order = { userId, backtestId: newOrderId(), createdAt: new Date(1).toISOString(), job, estimate: estimate(job) };
    this.rows.set(order.backtestId, { ...order, status: 'queued', weight: 'light', progress: { done: 0, of: 1 } });
    return Promise.resolve(order);
  }

  list(userId: string): Promise<BacktestRecord[]> {
    return Promise.resolve([...this.rows.values()].filter((row) => row.userId === userId));
  }

  read(userId: string, id: string): Promise<BacktestRecord | undefined> {
    const row = this.rows.get(id);
    return Promise.resolve(row?.userId === userId ? row : undefined);
  }

  report(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  cancel(record: BacktestRecord): Promise<boolean> {
    this.rows.set(record.backtestId, { ...record, status: 'cancelled' });
    return Promise.resolve(true);
  }
}

export const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
export const ETH: InstrumentSpec = {
  symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.01', lotSize: '0.001', version: 1,
};
