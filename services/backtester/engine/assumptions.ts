/** How much worse than the price of the bar a market order, or a stop that was reached, is filled. */
export type Slippage =
  | { readonly kind: 'none' }
  /** Hundredths of a per cent of the price. */
  | { readonly kind: 'bps'; readonly bps: number }
  | { readonly kind: 'ticks'; readonly ticks: number }
  /** Grows with the square of the share of the bar's volume: `bpsAtWhole` for all of it. */
  | { readonly kind: 'volume-share'; readonly bpsAtWhole: number };

/** Everything that a result rests on besides the data and the strategy. Stored and printed with it. */
export interface Assumptions {
  /** Smallest units of the quote asset at the start. */
  readonly startUnits: number;
  /** Millionths of what a fill is worth, for an order that rested and for one that took, rounded up. */
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  readonly slippage: Slippage;
  /** Most that slippage may come to, in hundredths of a per cent. */
  readonly maxSlippageBps: number;
  /** Share of a bar's volume that all orders together may be filled with, in hundredths of a per cent; 0 for as much as is wanted. */
  readonly participationBps: number;
  /** What is taken to have happened first inside a bar: what is worse, or the path open, nearer extreme, other extreme, close. */
  readonly intrabar: 'pessimistic' | 'path';
  /** Whether a resting limit is filled when the price touches it, or only when it goes through. */
  readonly limitFill: 'through' | 'touch';
  /** Whether more may be sold than is held. A short locks what it brought in and as much again; no interest is charged. */
  readonly allowShort: boolean;
  /** Orders that a strategy may place on one bar, and have open. More end the run. */
  readonly maxOrdersPerBar: number;
  readonly maxOpenOrders: number;
}

export const DEFAULT_ASSUMPTIONS: Omit<Assumptions, 'startUnits'> = {
  makerFeePpm: 1_000,
  takerFeePpm: 1_000,
  slippage: { kind: 'bps', bps: 1 },
  maxSlippageBps: 500,
  participationBps: 1_000,
  intrabar: 'pessimistic',
  limitFill: 'through',
  allowShort: false,
  maxOrdersPerBar: 100,
  maxOpenOrders: 500,
};

/** Raised whenever the same input gives another result than before. */
export const ENGINE_VERSION = 1;

/** The assumptions in sentences, for people. */
export function describeAssumptions(a: Assumptions): string[] {
  const percent = (hundredths: number): string => `${hundredths / 100} %`;
  const slippage = {
    'none': () => 'no slippage',
    'bps': () => `slippage of ${percent((a.slippage as { bps: number }).bps)}`,
    'ticks': () => `slippage of ${(a.slippage as { ticks: number }).ticks} ticks`,
    'volume-share': () => `slippage of ${percent((a.slippage as { bpsAtWhole: number }).bpsAtWhole)} times the square of the share of the bar's volume`,
  }[a.slippage.kind]();
  return [
    'A signal at the close of a bar is filled at the opening of the next one; nothing is filled on a bar without trades.',
    `Market orders and stops pay ${slippage}, at most ${percent(a.maxSlippageBps)}; a stop that the opening has passed is filled at the opening.`,
    `A resting limit is filled at its limit, never better, when the price ${a.limitFill === 'through' ? 'goes through it' : 'touches it'}.`,
    a.participationBps === 0 ? 'Orders of any size are filled at once.' : `All orders together get at most ${percent(a.participationBps)} of a bar's volume; the rest waits.`,
    a.intrabar === 'pessimistic'
      ? 'When a stop and a limit lie inside the same bar the stop comes first.'
      : 'Inside a bar the price goes from the opening to the nearer extreme, to the other one, to the close.',
    `Fees: ${a.makerFeePpm / 10_000} % for orders that rested, ${a.takerFeePpm / 10_000} % for orders that took, rounded up.`,
    a.allowShort ? 'Selling short locks the proceeds and as much again as collateral; no interest.' : 'Nothing is sold that is not held.',
    'Spot: no funding, no borrowing cost, no latency but the wait for the next bar, and no effect of the orders on later prices.',
  ];
}
