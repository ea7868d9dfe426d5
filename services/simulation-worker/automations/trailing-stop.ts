import type { Course, Ending, PlacedOrder } from './course';
import type { OwnOrders } from './own-orders';
import { follow, type Mark } from './trailing-mark';
import { goOut, type Try } from './way-out';
import type { TrailingStopAsk } from '../../adapters/jobs/automation';

interface State {
  /** The best price so far. */
  readonly mark?: number;
  /** Price that triggered it. */
  readonly triggeredAt?: number;
  readonly tries: readonly Try[];
}

/** Follows the price at a distance, and sends a market order when it turns back. */
export class TrailingStop implements Course {
  state: State;

  constructor(private readonly ask: TrailingStopAsk, kept: unknown) {
    this.state = kept as State | undefined ?? { tries: [] };
  }

  get placed(): readonly PlacedOrder[] {
    return this.state.tries.map((_, n) => ({ place: `stop/${n}`, role: 'stop_loss' }));
  }

  hear(priceTicks: number): boolean {
    const { mark, triggeredAt } = this.state;
    if (triggeredAt !== undefined) return false;
    const after: { readonly mark: Mark; readonly triggered: boolean } = follow(this.ask, mark, priceTicks);
    if (after.mark === mark && !after.triggered) return false;
    this.state = { ...this.state, mark: after.mark, ...(after.triggered ? { triggeredAt: priceTicks } : {}) };
    return true;
  }

  async step(orders: OwnOrders): Promise<Ending | 'decided' | undefined> {
    const { triggeredAt, tries } = this.state;
    if (triggeredAt === undefined) return undefined;
    const out = await goOut(orders, 'stop', this.ask.side, this.ask.quantityLots, tries);
    if (out.next === 'wait') return undefined;
    if (out.next === 'end') return out.reason === undefined ? { status: 'done' } : { status: 'failed', reason: out.reason };
    this.state = { ...this.state, tries: [...tries, out.attempt] };
    return 'decided';
  }
}
