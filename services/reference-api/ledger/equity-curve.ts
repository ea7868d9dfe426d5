/** What an account was worth: from what it has now, taken back change by change. */
import type { FlowKind, LedgerChange } from './ledger-reader';
import type { PriceOf, Valuation } from './valuation';
import type { Instrument } from '../../domain';

/** Money that came in or went out, without being won or lost. Smallest units. */
export interface Flow {
  readonly kind: FlowKind;
  readonly asset: string;
  readonly amount: bigint;
  /** In the asset of the valuation, at the prices of the point; undefined without one. */
  readonly value: bigint | undefined;
}

export interface EquityPoint {
  readonly time: number;
  readonly equity: bigint;
  /** What of it is in the asset of the valuation. */
  readonly cash: bigint;
  /** What was won since the first point: flows are taken out. */
  readonly profit: bigint;
  /** Since the point before. */
  readonly flows: readonly Flow[];
  /** Held without a known price, and not in `equity`. */
  readonly unpriced: readonly string[];
}

/** Changes within one stretch of time. */
interface Stretch {
  readonly deltas: Map<string, bigint>;
  readonly flows: Map<string, { readonly kind: FlowKind; readonly asset: string; amount: bigint }>;
}

const plus = (sums: Map<string, bigint>, asset: string, amount: bigint): void => void sums.set(asset, (sums.get(asset) ?? 0n) + amount);

/** Holdings of an account at each of a row of times. */
export class Holdings {
  /** As they are when all changes are in. */
  private readonly now = new Map<string, bigint>();
  private readonly stretches = new Map<number, Stretch>();

  /** @param changes of one partition or of several */
  constructor(changes: readonly LedgerChange[], instruments: ReadonlyMap<string, Instrument>) {
    for (const change of changes) {
      if (change.what === 'balance') {
        plus(this.now, change.asset, change.amount);
      } else if (change.what === 'flow') {
        const { kind, asset, amount } = change;
        const { deltas, flows } = this.stretch(change.end);
        plus(deltas, asset, amount);
        const flow = flows.get(`${kind} ${asset}`) ?? { kind, asset, amount: 0n };
        flow.amount += amount;
        flows.set(`${kind} ${asset}`, flow);
      } else {
        const { side, base, quote, fee } = change;
        const instrument = instruments.get(change.symbol);
        // Fills of an instrument that nobody knows any more: their assets cannot be named.
        if (!instrument) continue;
        const { deltas } = this.stretch(change.end);
        // Each pays its fee in what it receives.
        plus(deltas, instrument.base.code, side === 'buy' ? base - fee : -base);
        plus(deltas, instrument.quote.code, side === 'buy' ? -quote : quote - fee);
      }
    }
  }

  /** Every asset that the account had at any of the times. */
  get assets(): ReadonlySet<string> {
    return new Set([...this.now.keys(), ...[...this.stretches.values()].flatMap(({ deltas }) => [...deltas.keys()])]);
  }

  /**
   * What there was at each time, the oldest first, and the flows that led there since the time before.
   *
   * @param ends for each time but the first the end of the stretch that leads to it
   */
  along(times: readonly number[], ends: readonly number[]): readonly { readonly totals: ReadonlyMap<string, bigint>; readonly flows: readonly Omit<Flow, 'value'>[] }[] {
    const totals = new Map(this.now);
    const undo = (end: number): void => {
      for (const [asset, amount] of this.stretches.get(end)?.deltas ?? []) plus(totals, asset, -amount);
    };
    const byName = (a: Omit<Flow, 'value'>, b: Omit<Flow, 'value'>): number => (`${a.asset} ${a.kind}` < `${b.asset} ${b.kind}` ? -1 : 1);
    // What happened after the last time, or while the question was asked.
    for (const end of this.stretches.keys()) if (!ends.includes(end)) undo(end);
    const points = times.map((_, n) => {
      const at = times.length - 1 - n;
      const flows = at === 0 ? [] : [...this.stretches.get(ends[at - 1])?.flows.values() ?? []].filter(({ amount }) => amount !== 0n).sort(byName);
      const point = { totals: new Map(totals), flows };
      if (at > 0) undo(ends[at - 1]);
      return point;
    });
    return points.reverse();
  }

  private stretch(end: number): Stretch {
    let stretch = this.stretches.get(end);
    if (!stretch) this.stretches.set(end, stretch = { deltas: new Map(), flows: new Map() });
    return stretch;
  }
}

/** Values holdings at the prices of each time. @param priceAt price of a symbol at the `n`th time */
export function curveOf(
  points: ReturnType<Holdings['along']>, times: readonly number[], valuation: Valuation, priceAt: (symbol: string, n: number) => string | undefined,
): readonly EquityPoint[] {
  let first = 0n;
  let brought = 0n;
  // What came in, or was there at first, while nobody knew a price. The first price that comes is no profit either.
  const unvalued = new Map<string, bigint>();
  return points.map(({ totals, flows }, n) => {
    const priceOf: PriceOf = (symbol) => priceAt(symbol, n);
    const valued = flows.map((flow): Flow => ({ ...flow, value: valuation.worth(flow.asset, flow.amount, priceOf) }));
    for (const { asset, amount, value } of valued) {
      if (value === undefined) plus(unvalued, asset, amount);
      else brought += value;
    }
    const unpriced: string[] = [];
    let equity = 0n;
    for (const [asset, amount] of totals) {
      if (amount === 0n) continue;
      const worth = valuation.worth(asset, amount, priceOf);
      if (worth === undefined) unpriced.push(asset);
      else equity += worth;
    }
    if (n === 0) {
      first = equity;
      for (const asset of unpriced) plus(unvalued, asset, totals.get(asset)!);
    }
    for (const [asset, amount] of unvalued) {
      const worth = valuation.worth(asset, amount, priceOf);
      if (worth === undefined) continue;
      brought += worth;
      unvalued.delete(asset);
    }
    return {
      time: times[n], equity, cash: totals.get(valuation.asset) ?? 0n, profit: equity - first - brought, flows: valued, unpriced: unpriced.sort(),
    };
  });
}
