import type { CampaignResult } from '../drill/campaign';
import type { Spread } from '../judge/verdict';

/** The last line of a drill. */
export interface DrillSummary {
  readonly faults: readonly {
    readonly name: string;
    readonly rounds: number;
    /** Orders that were answered with 202 in the rounds of the fault. */
    readonly acknowledged: number;
    /** Acknowledged orders that the ledger does not have. */
    readonly lost: number;
    /** Orders that the ledger has more than once. */
    readonly duplicated: number;
    /** From the fault until orders were served again, for good. */
    readonly rtoSeconds: Spread;
  }[];
  /** Whether the variant that loses orders was found out; undefined when it was not tried. */
  readonly brokenVariantCaught?: boolean;
}

export function summaryOf({ verdict }: CampaignResult, brokenVariantCaught?: boolean): DrillSummary {
  return {
    faults: verdict.faults.map(({ name, rounds, acknowledged, lost, duplicated, rtoSeconds }) => (
      { name, rounds: rounds.length, acknowledged, lost, duplicated, rtoSeconds })),
    ...(brokenVariantCaught === undefined ? {} : { brokenVariantCaught }),
  };
}
