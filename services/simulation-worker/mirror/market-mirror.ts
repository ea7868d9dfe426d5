import { setTimeout as sleep } from 'node:timers/promises';
import { openHouse, refill } from './house-account';
import { HouseQuotes } from './house-quotes';
import { ladder, type MirrorSettings } from './ladder';
import type { JournalWriter } from '../../adapters/journal/journal';
import { type Command, defineInstrument, encodeCommand, encodeCommandBatch, type Instrument, type InstrumentSpec, type OrderUpdate, type Ticker } from '../../domain';
import type { Logger } from '../../runtime';
import type { JobContext } from '../queue/worker';

/** What a mirror sees: the last tick of its symbol, what became of the house's orders, the instrument. */
export interface MarketView {
  /** Calls back with every tick of a symbol, until the function that it returns is called. */
  ticks(symbol: string, listener: (ticker: Ticker) => void): () => void;
  /** Calls back with every change of an order of the house, and with undefined when some may have been missed. */
  orders(listener: (update: OrderUpdate | undefined) => void): () => void;
  /** The instrument as the venue trades it; undefined while it does not. */
  instrument(symbol: string): Promise<InstrumentSpec | undefined>;
}

export interface MarketMirrorOptions {
  readonly symbol: string;
  /** Where the symbol trades. Default 0. */
  readonly partition?: number;
  readonly accountId: string;
  readonly settings: MirrorSettings;
  /** Milliseconds by which the mirror is behind the market. */
  readonly latencyMs: number;
  /** Least milliseconds between two changes. */
  readonly refreshMs: number;
  /** Milliseconds without a tick after which all quotes are taken back. */
  readonly staleAfterMs: number;
  /** Milliseconds after which everything is taken back and placed anew, whatever is known. Default ten minutes. */
  readonly renewMs?: number;
  readonly journal: JournalWriter;
  readonly view: MarketView;
  readonly logger: Logger;
}

/** How often the instrument is looked at. */
const INSTRUMENT_MS = 5_000;

/**
 * Mirrors the live market of one symbol into the venue's book: limit orders of the house around the live price, appended to the journal like
 * everybody's. It keeps no state of its own. It begins by taking back whatever the house had in the symbol, so it may begin anywhere, at
 * any time; when it is told to stop, it takes everything back; when the prices stop, too.
 */
export class MarketMirror {
  private latest: Ticker | undefined;
  private receivedAt = 0;
  private quotes: HouseQuotes | undefined;
  private isUncertain = true;
  private markTicks = 0;
  private renewAt = 0;

  constructor(private readonly options: MarketMirrorOptions) {}

  /** Runs until the signal aborts. @throws when the journal refuses for long: the job is then tried again */
  async run({ signal, works }: JobContext): Promise<void> {
    const { symbol, refreshMs, view } = this.options;
    const stopTicks = view.ticks(symbol, (ticker) => this.hear(ticker));
    const stopOrders = view.orders((update) => {
      if (update === undefined) this.isUncertain = true;
      else this.quotes?.learn(update);
    });
    try {
      let instrument: Instrument | undefined;
      for (let lookAt = 0; !signal.aborted; await pause(refreshMs, signal)) {
        if (Date.now() >= lookAt) {
          lookAt = Date.now() + INSTRUMENT_MS;
          const known = await this.lookUp(instrument);
          if (known !== instrument) [instrument, this.isUncertain] = [known, true];
        }
        if (instrument === undefined) continue;
        await this.refresh(instrument, signal);
        if (!signal.aborted) works();
      }
      // Somebody else may have the job when it is lost, and orders of the house that are not ours to touch.
      const last = this.quotes === undefined ? [] : signal.reason === 'stopping' ? this.quotes.clear(Date.now()) : this.quotes.withdraw(Date.now());
      if (last.length > 0) await this.append(last);
    } finally {
      stopTicks();
      stopOrders();
    }
  }

  private hear(ticker: Ticker): void {
    const { latencyMs } = this.options;
    const take = (): void => {
      this.latest = ticker;
      this.receivedAt = Date.now();
    };
    if (latencyMs === 0) take();
    else setTimeout(take, latencyMs).unref();
  }

  private async refresh(instrument: Instrument, signal: AbortSignal): Promise<void> {
    const { accountId, settings, staleAfterMs, renewMs = 600_000, logger, symbol, partition } = this.options;
    const now = Date.now();
    const quotes = this.quotesOf(instrument);
    const commands: Command[] = [];
    if (this.isUncertain || now >= this.renewAt) {
      commands.push(...openHouse(accountId, instrument, now, partition), ...quotes.clear(now, instrument));
      this.renewAt = now + renewMs;
      this.isUncertain = false;
    }
    if (quotes.takeShortOfFunds()) commands.push(...refill(accountId, instrument, now, partition));
    if (this.latest === undefined || now - this.receivedAt > staleAfterMs) {
      if (quotes.size > 0) logger.warn({ symbol }, 'the live market is silent: the house takes its quotes back');
      if (quotes.size > 0) commands.push(...quotes.clear(now));
    } else {
      const wanted = ladder(instrument, this.latest, settings);
      const mark = Math.max(1, Math.round(Number(this.latest.lastPrice) / Number(instrument.tickSize)));
      if (mark !== this.markTicks && Number.isSafeInteger(mark)) commands.push({ type: 'set_mark_price', time: now, symbol, priceTicks: mark });
      this.markTicks = mark;
      commands.push(...quotes.moveTo(wanted, now));
    }
    if (commands.length > 0) await this.append(commands, signal);
  }

  /** Repeats the same frame until the journal has it: its ids make a second one harmless. */
  private async append(commands: readonly Command[], signal?: AbortSignal): Promise<void> {
    const { partition = 0 } = this.options;
    const frame = encodeCommandBatch(partition, commands.map((command) => encodeCommand(command)));
    for (let attempt = 1; ; attempt++) {
      try {
        await this.options.journal.append(partition, frame);
        return;
      } catch (error) {
        // What the house has is not known any more.
        this.isUncertain = true;
        if (attempt === 5 || signal?.aborted) throw error;
        await sleep(100 * 2 ** attempt);
      }
    }
  }

  private quotesOf(instrument: Instrument): HouseQuotes {
    return this.quotes ??= new HouseQuotes(this.options.accountId, instrument, this.options.partition);
  }

  private async lookUp(current: Instrument | undefined): Promise<Instrument | undefined> {
    const spec = await this.options.view.instrument(this.options.symbol).catch(() => undefined);
    // A cache that lost it does not mean that the venue did.
    return spec === undefined || spec.version === current?.version ? current : defineInstrument(spec);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
