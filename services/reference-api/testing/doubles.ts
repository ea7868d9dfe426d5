import type { JournalWriter } from '../../adapters/journal/journal';
import { type Command, decodeCommandBatch, type InstrumentSpec } from '../../domain';
import type { ApiKeyStore, StoredApiKey } from '../auth/api-key-store';
import { unavailable } from '../http/errors';
import type {
  AsOf, CandleQuery, FillQuery, LedgerCandle, LedgerFill, LedgerBalance, LedgerMinute, LedgerOrder, LedgerOrderKey,
  LedgerProgress, LedgerReader, LedgerTransfer, OrderQuery,
} from '../ledger/ledger-reader';

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

  fillsSince(_accountId: string, seq: number, limit: number): Promise<AsOf<LedgerFill>> {
    return this.answer({ seq: 7, time: this.time, rows: [...this.trades].reverse().filter((fill) => fill.seq > seq).slice(0, limit) });
  }

  candles({ limit }: CandleQuery): Promise<readonly LedgerCandle[]> {
    return this.answer(this.bars.slice(-limit));
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

export const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
export const ETH: InstrumentSpec = {
  symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.01', lotSize: '0.001', version: 1,
};
