import { setTimeout as sleep } from 'node:timers/promises';
import { Bracket } from './bracket';
import type { Course, Ending } from './course';
import { type OrderMemory, OwnOrders } from './own-orders';
import { TrailingStop } from './trailing-stop';
import type { Automation, BracketAsk, TrailingStopAsk } from '../../adapters/jobs/automation';
import type { Automations } from '../../adapters/jobs/automations';
import type { TakenJob } from '../../adapters/jobs/job-queue';
import type { JournalWriter } from '../../adapters/journal/journal';
import { defineInstrument, type Instrument, type Ticker } from '../../domain';
import type { Logger } from '../../runtime';
import type { MarketView } from '../mirror/market-mirror';
import type { JobContext } from '../queue/worker';

export interface AutomationRunOptions {
  readonly automation: Automation & { readonly ask: TrailingStopAsk | BracketAsk };
  /** Proves that the job is ours. */
  readonly job: Pick<TakenJob, 'owner'>;
  readonly automations: Pick<Automations, 'save' | 'end' | 'isCancelRequested'>;
  /** Where the symbol trades. */
  readonly partition: number;
  readonly journal: JournalWriter;
  readonly memory: OrderMemory;
  readonly view: Pick<MarketView, 'ticks' | 'instrument'>;
  readonly logger: Logger;
  /** Milliseconds between two looks at what became of orders. Default 250. */
  readonly lookMs?: number;
}

/** How often somebody who wants it ended is asked for, in looks. */
const CANCEL_LOOKS = 4;

/**
 * Looks after a trailing stop or a bracket for as long as it has the job. It keeps nothing to itself: what it decided is in the record before it acts
 * upon it, what became of orders is in the cache. Told to stop, it just stops: the next worker goes on where it was.
 */
export class AutomationRun {
  private readonly course: Course;
  private orders!: OwnOrders;
  private instrument: Instrument | undefined;
  /** The last price that was heard and not written down yet. */
  private isChanged = false;
  private lastTickAt = 0;
  private isLost = false;
  /** From then on nothing is sent but what takes orders back. */
  private isEnding: boolean;

  constructor(private readonly options: AutomationRunOptions) {
    const { ask, state, cancelRequested } = options.automation;
    this.isEnding = cancelRequested;
    this.course = ask.type === 'trailing_stop' ? new TrailingStop(ask, state) : new Bracket(ask, state);
  }

  /** Resolves when it has ended, or was told to stop. What is away for a while is waited for. */
  async run({ signal, works }: JobContext): Promise<void> {
    const { automation: { id, ask: { symbol } }, view, lookMs = 250, logger } = this.options;
    let stopTicks: (() => void) | undefined;
    let isTroubled = false;
    try {
      for (let look = 0; !signal.aborted && !this.isLost; look++) {
        try {
          this.instrument ??= await this.lookUp();
          if (this.instrument !== undefined) {
            stopTicks ??= view.ticks(symbol, (ticker) => this.hear(ticker));
            if (look % CANCEL_LOOKS === 0) this.isEnding ||= await this.options.automations.isCancelRequested(id);
            if (await (this.isEnding ? this.takeBack(signal) : this.goOn(signal))) return;
            works();
          }
          isTroubled = false;
        } catch (error) {
          if (!isTroubled) logger.warn({ err: error, automation: id }, 'an automation waits for the cache or the journal');
          isTroubled = true;
        }
        await sleep(lookMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      stopTicks?.();
    }
  }

  private async lookUp(): Promise<Instrument | undefined> {
    const { automation: { id, accountId, createdAt, ask: { symbol } }, partition, journal, memory, view } = this.options;
    const spec = await view.instrument(symbol);
    if (spec === undefined) return undefined;
    const instrument = defineInstrument(spec);
    this.orders = new OwnOrders({ automationId: id, createdAt, accountId, instrument, partition, journal, memory });
    return instrument;
  }

  private hear({ lastPrice, exchangeTime }: Ticker): void {
    // One that was overtaken says nothing of the price now.
    if (this.instrument === undefined || exchangeTime < this.lastTickAt) return;
    this.lastTickAt = exchangeTime;
    const { tickDecimals, tickUnits } = this.instrument;
    const price = Math.floor(Number(lastPrice) * 10 ** tickDecimals / tickUnits + 1e-6);
    if (Number.isSafeInteger(price) && price > 0 && this.course.hear(price)) this.isChanged = true;
  }

  /** @returns whether it ended */
  private async goOn(signal: AbortSignal): Promise<boolean> {
    if (this.isChanged) {
      this.isChanged = false;
      if (!await this.save()) return false;
    }
    for (;;) {
      if (signal.aborted) return false;
      const said = await this.course.step(this.orders);
      if (said === undefined) return false;
      if (said !== 'decided') return this.end(said);
      if (!await this.save()) return false;
    }
  }

  /** Takes back whatever may be in the market. @returns whether nothing of it is there any more, and it ended */
  private async takeBack(signal: AbortSignal): Promise<boolean> {
    let open = 0;
    for (const { place } of this.course.placed) {
      if (signal.aborted) return false;
      const { known, ended } = await this.orders.facts(place);
      if (known && ended) continue;
      open++;
      await this.orders.cancel(place);
    }
    return open === 0 && this.end({ status: 'cancelled' });
  }

  private async save(): Promise<boolean> {
    const { automation, job, automations } = this.options;
    const orders = this.course.placed.map(({ place, role }) => ({ orderId: this.orders.idOf(place), role }));
    const progress = { status: orders.length === 0 ? 'waiting' as const : 'working' as const, state: this.course.state, orders };
    const saved = await automations.save(automation.id, job.owner, progress).catch((error: unknown) => {
      this.isChanged = true;
      throw error;
    });
    this.isLost = !saved;
    return saved;
  }

  private async end({ status, reason }: Ending | { readonly status: 'cancelled'; readonly reason?: string }): Promise<boolean> {
    const { automation, job, automations, logger } = this.options;
    if (!await automations.end(automation, job.owner, status, reason)) return !(this.isLost = true);
    logger.info({ automation: automation.id, status, reason }, 'an automation ended');
    return true;
  }
}
