import { Token } from 'aws-cdk-lib';
import { Faults } from '../private/faults';

/** An instrument as `instrumentsJson` writes it, as far as it concerns balances. */
interface Traded {
  readonly base: { readonly code: string; readonly decimals: number };
  readonly quote: { readonly code: string; readonly decimals: number };
}

/** Whole units of the first instrument's quote asset that everybody begins with unless something else is said. */
const USUAL = '100000';
const DECIMAL = /^(?:0|[1-9]\d{0,15})(?:\.(\d{1,18}))?$/;

/**
 * What everybody begins with, as the API takes it; undefined when nothing is given.
 *
 * @param instruments what is traded, as `instrumentsJson` says it
 * @throws Error that lists every amount that could not be given
 */
export function startingBalancesJson(balances: { readonly [asset: string]: string } | undefined, instruments: string): string | undefined {
  const traded = JSON.parse(instruments) as Traded[];
  if (balances === undefined) return JSON.stringify({ [traded[0].quote.code]: USUAL });
  if (Object.keys(balances).length === 0) return undefined;
  const decimals = new Map(traded.flatMap(({ base, quote }) => [[base.code, base.decimals], [quote.code, quote.decimals]] as const));
  const faults = new Faults('startingBalances');
  for (const [asset, amount] of Object.entries(balances)) {
    const most = decimals.get(asset);
    faults.check(most !== undefined, `no instrument trades ${asset}; those that are traded are ${[...decimals.keys()].join(', ')}`);
    if (most === undefined || Token.isUnresolved(amount)) continue;
    const [, fraction = ''] = DECIMAL.exec(amount) ?? [];
    faults.check(DECIMAL.test(amount) && Number(amount) > 0 && fraction.replace(/0+$/, '').length <= most,
      `the amount of ${asset} must be a decimal number above zero with at most its ${most} decimals, got: '${amount}'`);
    faults.check(Number(amount) * 10 ** most <= Number.MAX_SAFE_INTEGER, `the amount of ${asset} is more than can be counted in its smallest units, got: '${amount}'`);
  }
  faults.throwIfAny();
  return JSON.stringify(balances);
}
