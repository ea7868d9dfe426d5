import type { JournalWriter } from '../../adapters/journal/journal';
import { type Command, decodeCommandBatch, type InstrumentSpec } from '../../domain';
import { unavailable } from '../http/errors';
import type { AsOf, LedgerBalance, LedgerOrder, LedgerOrderKey, LedgerProgress, LedgerReader, OrderQuery } from '../ledger/ledger-reader';

/** A journal in memory that can be told to fail, and remembers every command that it got. */
export class RecordingJournal implements JournalWriter {
  readonly commands: Command[] = [];
  /** Called before each append; what it throws is what the append fails with. */
  before: () => Promise<void> | void = () => undefined;
  private records = 0;

  async append(_partition: number, frame: Uint8Array): Promise<string> {
    await this.before();
    this.commands.push(...decodeCommandBatch(frame).commands);
    return String(1000 + this.records++);
  }

  probe(): Promise<void> {
    return Promise.resolve(this.before());
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
  funds: LedgerBalance[] = [];
  away = false;

  orders(_accountId: string, { limit }: OrderQuery): Promise<AsOf<LedgerOrder>> {
    return this.answer({ seq: 7, rows: this.rows.slice(0, limit) });
  }

  balances(): Promise<AsOf<LedgerBalance>> {
    return this.answer({ seq: 7, rows: this.funds });
  }

  orderOf(orderId: string): Promise<LedgerOrderKey | undefined> {
    return this.answer(this.known.get(orderId));
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

export const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
export const ETH: InstrumentSpec = {
  symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.01', lotSize: '0.001', version: 1,
};
