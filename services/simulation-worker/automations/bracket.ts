import type { Course, Ending, PlacedOrder } from './course';
import type { OrderFacts } from './order-facts';
import type { OwnOrders } from './own-orders';
import { goOut, type Try } from './way-out';
import type { BracketAsk } from '../../adapters/jobs/automation';
import type { Side } from '../../domain';

/** A way out for a part of what the entry filled. */
interface Cover {
  readonly lots: number;
  readonly at: number;
  /** The pair; when the core refuses it the stop-loss alone; when the price is beyond either already, the market. */
  readonly by: 'pair' | 'stop' | 'market';
  readonly tries: readonly Try[];
  /** Why this part is left without a way out. */
  readonly failed?: string;
  readonly done?: boolean;
}

interface State {
  readonly enteredAt?: number;
  readonly covers: readonly Cover[];
}

/** A part of this share of the whole gets its own way out; smaller ones wait for more, or for the entry's end. */
const PARTS = 4;
/** The price is there already: what the order would have waited for has happened. */
const REACHED = new Set(['would_trigger_immediately', 'would_take']);

/** Gets in, and for whatever that fills, out again by a take-profit and a stop-loss of which one cancels the other. */
export class Bracket implements Course {
  state: State;
  private readonly exitSide: Side;

  constructor(private readonly ask: BracketAsk, kept: unknown) {
    this.state = kept as State | undefined ?? { covers: [] };
    this.exitSide = ask.side === 'buy' ? 'sell' : 'buy';
  }

  get placed(): readonly PlacedOrder[] {
    if (this.state.enteredAt === undefined) return [];
    return [{ place: 'entry', role: 'entry' }, ...this.state.covers.flatMap(({ by, tries }, n): PlacedOrder[] => [
      { place: `${n}/take-profit`, role: 'take_profit' },
      { place: `${n}/stop-loss`, role: 'stop_loss' },
      ...(by === 'pair' ? [] : [{ place: `${n}/stop`, role: 'stop_loss' } as const]),
      ...tries.map((_, k) => ({ place: `${n}/out/${k}`, role: 'exit' } as const)),
    ])];
  }

  hear(): boolean {
    return false;
  }

  async step(orders: OwnOrders): Promise<Ending | 'decided' | undefined> {
    const { enteredAt, covers } = this.state;
    if (enteredAt === undefined) {
      this.state = { enteredAt: Date.now(), covers };
      return 'decided';
    }
    const entry = await orders.facts('entry');
    if (!entry.known) return this.enter(orders, enteredAt);
    const free = this.openLots(entry) - covers.reduce((sum, { lots }) => sum + lots, 0);
    if (free > 0 && (entry.ended || free * PARTS >= this.ask.quantityLots)) {
      this.state = { enteredAt, covers: [...covers, { lots: free, at: Date.now(), by: 'pair', tries: [] }] };
      return 'decided';
    }
    for (const [n, cover] of covers.entries()) {
      const after = cover.done ? cover : await this.goOn(orders, n, cover);
      if (after === cover) continue;
      this.state = { enteredAt, covers: covers.with(n, after) };
      return 'decided';
    }
    return entry.ended && covers.every(({ done }) => done) ? this.ending(entry) : undefined;
  }

  /** A buyer pays the fee with what they bought: that much less can be sold. */
  private openLots({ filledLots, gainedLots }: OrderFacts): number {
    return this.ask.side === 'buy' ? gainedLots : filledLots;
  }

  private async enter(orders: OwnOrders, enteredAt: number): Promise<Ending | undefined> {
    const { side, quantityLots, entryTicks } = this.ask;
    const terms = entryTicks === undefined ? { orderType: 'market' as const } : { orderType: 'limit' as const, priceTicks: entryTicks };
    return await orders.place('entry', { side, quantityLots, ...terms }, enteredAt) ? undefined : { status: 'failed', reason: 'outcome_unknown' };
  }

  private ending(entry: OrderFacts): Ending {
    if (entry.rejected) return { status: 'failed', reason: entry.reason };
    const failed = this.state.covers.find((cover) => cover.failed !== undefined);
    if (failed) return { status: 'failed', reason: failed.failed };
    return { status: 'done', ...(entry.filledLots === 0 ? { reason: 'not_filled' } : {}) };
  }

  /** @returns the same cover when nothing has changed */
  private async goOn(orders: OwnOrders, n: number, cover: Cover): Promise<Cover> {
    if (cover.by === 'pair') return this.byPair(orders, n, cover);
    if (cover.by === 'stop') return this.byStop(orders, n, cover);
    const before = await Promise.all(['take-profit', 'stop-loss', 'stop'].map((one) => orders.facts(`${n}/${one}`)));
    const lots = cover.lots - before.reduce((sum, { filledLots }) => sum + filledLots, 0);
    const out = await goOut(orders, `${n}/out`, this.exitSide, lots, cover.tries);
    if (out.next === 'wait') return cover;
    if (out.next === 'decide') return { ...cover, tries: [...cover.tries, out.attempt] };
    return { ...cover, done: true, ...(out.reason === undefined ? {} : { failed: out.reason }) };
  }

  private async byPair(orders: OwnOrders, n: number, cover: Cover): Promise<Cover> {
    const { takeProfitTicks, stopLossTicks } = this.ask;
    const places = { list: `${n}/list`, resting: `${n}/take-profit`, waiting: `${n}/stop-loss` };
    const [resting, waiting] = await Promise.all([orders.facts(places.resting), orders.facts(places.waiting)]);
    if (!resting.known || !waiting.known) {
      const common = { side: this.exitSide, quantityLots: cover.lots };
      const sure = await orders.placePair(
        places, { ...common, orderType: 'limit', priceTicks: takeProfitTicks }, { ...common, orderType: 'stop_loss', triggerTicks: stopLossTicks }, cover.at);
      return sure ? cover : { ...cover, done: true, failed: 'outcome_unknown' };
    }
    if (resting.rejected) return { ...cover, by: REACHED.has(resting.reason ?? '') ? 'market' : 'stop', at: Date.now() };
    return resting.ended && waiting.ended ? this.after(cover, resting.filledLots + waiting.filledLots, waiting.triggered) : cover;
  }

  private async byStop(orders: OwnOrders, n: number, cover: Cover): Promise<Cover> {
    const place = `${n}/stop`;
    const facts = await orders.facts(place);
    if (!facts.known) {
      const terms = { side: this.exitSide, orderType: 'stop_loss' as const, quantityLots: cover.lots, triggerTicks: this.ask.stopLossTicks };
      return await orders.place(place, terms, cover.at) ? cover : { ...cover, done: true, failed: 'outcome_unknown' };
    }
    if (facts.rejected) return REACHED.has(facts.reason ?? '') ? { ...cover, by: 'market' } : { ...cover, done: true, failed: facts.reason ?? 'refused' };
    return facts.ended ? this.after(cover, facts.filledLots, facts.triggered) : cover;
  }

  /** A stop that found no book is not the end; an order that the user took back is. */
  private after(cover: Cover, filledLots: number, triggered: boolean): Cover {
    if (filledLots === cover.lots) return { ...cover, done: true };
    return triggered ? { ...cover, by: 'market' } : { ...cover, done: true, failed: 'taken_back' };
  }
}
