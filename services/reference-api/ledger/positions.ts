/** What an account's fills since its last reset made of its money: positions at their average entry, and what was gained or lost. */
import type { LedgerFill, LedgerReader } from './ledger-reader';
import type { Ledgers } from './ledgers';
import type { PortfolioQuery } from './queries';
import { recency, selected } from './views';
import { formatDecimal, type Instrument } from '../../domain';
import { Lru } from '../auth/lru';
import { unavailable } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import type { Marks } from '../market/tickers';
import { named } from '../orders/append';

/** An account's trades in one instrument, added up. Smallest units; products leave 53 bits, so these are bigints. */
export interface Position {
  /** Base bought and not sold again, after fees. */
  readonly base: bigint;
  /** Quote that it cost. */
  readonly cost: bigint;
  /** Quote gained by selling, after fees. */
  readonly realised: bigint;
  readonly fills: number;
}

export const FLAT: Position = { base: 0n, cost: 0n, realised: 0n, fills: 0 };

/**
 * Adds a fill. What is sold leaves at the average cost; what was sold beyond what these trades bought came from deposits or transfers, whose
 * price nobody knows, and neither gains nor loses.
 */
export function applyFill({ base, cost, realised, fills }: Position, fill: Pick<LedgerFill, 'side' | 'baseAmount' | 'quoteAmount' | 'fee'>): Position {
  const baseAmount = BigInt(fill.baseAmount);
  const quoteAmount = BigInt(fill.quoteAmount);
  const fee = BigInt(fill.fee);
  if (fill.side === 'buy') return { base: base + baseAmount - fee, cost: cost + quoteAmount, realised, fills: fills + 1 };
  const sold = baseAmount < base ? baseAmount : base;
  if (sold === 0n) return { base, cost, realised, fills: fills + 1 };
  // The last unit takes all of the cost that is left, so that rounding cannot add up.
  const costOfSold = sold === base ? cost : cost * sold / base;
  const proceeds = (quoteAmount - fee) * sold / baseAmount;
  return { base: base - sold, cost: cost - costOfSold, realised: realised + proceeds - costOfSold, fills: fills + 1 };
}

interface ReadBook {
  readonly seq: number;
  readonly time: Date | null;
  readonly positions: ReadonlyMap<string, Position>;
}

interface Book {
  seq: number;
  /** Last reset of the account that was heard of. */
  resetSeq: number;
  positions: Map<string, Position>;
}

/** Fills that are read at once. */
const RUN = 2_000;
/** Runs of one request; an account with more has to ask again, and goes on from there. */
const MAX_RUNS = 25;

/** Positions of accounts as far as they were read, so that a question reads only the fills since the last one. */
export class Positions {
  private readonly books = new Lru<string, Book>(5_000);

  constructor(private readonly ledgers: Ledgers, private readonly catalog: InstrumentCatalog, private readonly marks: Marks) {}

  /** @throws ApiError 503 while a ledger cannot be read, or not all of a very long history was read yet */
  async of(accountId: string, { partition }: PortfolioQuery) {
    const books = await Promise.all(selected(this.ledgers, partition).map(async (of) => (
      { partition: of, ...await this.read(of, this.ledgers.of(of), accountId) })));
    const views = books.flatMap(({ partition: of, positions }) => [...positions].flatMap(([symbol, position]) => {
      const instrument = this.catalog.get(symbol);
      return instrument ? [{ instrument, position, partition: of }] : [];
    }));
    const marks = await this.marks.of(views.map(({ instrument }) => instrument.symbol));
    return {
      ...recency(this.ledgers, books.map(({ partition: of, seq, time }) => ({ partition: of, asOf: seq, asOfTime: time?.getTime() ?? null }))),
      positions: views.map(({ instrument, position, partition: of }) => (
        { ...positionView(instrument, position, marks.get(instrument.symbol)), ...named(this.ledgers.partitions, of) })),
    };
  }

  private async read(partition: number, ledger: LedgerReader, accountId: string): Promise<ReadBook> {
    const key = `${partition}/${accountId}`;
    const known = this.books.get(key);
    // Somebody else may be reading on from here at this moment.
    const book: Book = { seq: known?.seq ?? 0, resetSeq: known?.resetSeq ?? 0, positions: new Map(known?.positions) };
    for (let run = 0; run < MAX_RUNS; run++) {
      const { seq, time, rows, resetSeq } = await ledger.fillsSince(accountId, book.seq, RUN);
      if (resetSeq > book.resetSeq) {
        // Who begins again has no positions, and neither gained nor lost anything.
        Object.assign(book, { resetSeq, seq: Math.max(book.seq, resetSeq) });
        book.positions.clear();
      }
      // A trade with oneself is two fills of one sequence, which must not be torn apart.
      const whole = rows.length < RUN ? rows : rows.filter((fill) => fill.seq !== rows[rows.length - 1].seq);
      for (const fill of whole) book.positions.set(fill.symbol, applyFill(book.positions.get(fill.symbol) ?? FLAT, fill));
      if (rows.length < RUN) {
        this.keep(key, { ...book, seq: whole.at(-1)?.seq ?? book.seq });
        return { seq, time, positions: book.positions };
      }
      book.seq = whole[whole.length - 1].seq;
      this.keep(key, { ...book, positions: new Map(book.positions) });
    }
    throw unavailable('history_loading', 'The trades of this account are still being added up; ask again in a moment.');
  }

  private keep(key: string, book: Book): void {
    if (book.seq > (this.books.get(key)?.seq ?? 0) || book.resetSeq > (this.books.get(key)?.resetSeq ?? 0)) this.books.set(key, book);
  }
}

function positionView(instrument: Instrument, { base, cost, realised, fills }: Position, mark: Mark) {
  const { quote } = instrument;
  const money = (units: bigint): string => formatDecimal(Number(units), quote.decimals);
  // Quote units of one whole unit of the base asset.
  const one = 10n ** BigInt(instrument.base.decimals);
  const marked = mark === undefined || base === 0n ? undefined : { markPrice: mark, worth: base * unitsOf(mark, quote.decimals) / one };
  return {
    symbol: instrument.symbol,
    quantity: formatDecimal(Number(base), instrument.base.decimals),
    ...(base > 0n ? { averageEntryPrice: money(cost * one / base) } : {}),
    cost: money(cost),
    realisedProfit: money(realised),
    ...(marked ? { markPrice: marked.markPrice, value: money(marked.worth), unrealisedProfit: money(marked.worth - cost) } : {}),
    fills,
  };
}

type Mark = string | undefined;

/** A decimal of any precision in smallest units, the rest cut off. */
function unitsOf(text: string, decimals: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
}
