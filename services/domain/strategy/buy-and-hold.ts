import type { Bar, Strategy, StrategyContext } from './strategy';

/** Settings of `BuyAndHold`. */
export interface BuyAndHoldSettings {
  /** Lots of each instrument; 0 for an equal share of the cash. */
  readonly lots: number;
}

/** Buys once and waits: what any other strategy is compared with. */
export class BuyAndHold implements Strategy {
  private asked = new Uint8Array(0);

  constructor(private readonly settings: BuyAndHoldSettings) {}

  onStart({ instruments }: StrategyContext): void {
    this.asked = new Uint8Array(instruments.length);
  }

  onBar({ instrument }: Bar, context: StrategyContext): void {
    if (this.asked[instrument] === 1) return;
    this.asked[instrument] = 1;
    const waiting = this.asked.length - this.asked.reduce((sum, one) => sum + one, 0) + 1;
    const lots = this.settings.lots > 0 ? this.settings.lots : Math.floor(context.affordable(instrument) / waiting);
    if (lots > 0) context.submit({ instrument, side: 'buy', type: 'market', lots });
  }
}
