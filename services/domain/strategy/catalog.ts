import { DomainError } from '../errors';
import { Breakout } from './breakout';
import { BuyAndHold } from './buy-and-hold';
import { SmaCross } from './sma-cross';
import type { Strategy } from './strategy';

/** A setting of a strategy: a whole number. */
export interface SettingRule {
  readonly least: number;
  readonly most: number;
  /** Absent when it has to be given. */
  readonly otherwise?: number;
  readonly meaning: string;
}

export type StrategySettings = Readonly<Record<string, number>>;

interface CatalogEntry {
  readonly settings: Readonly<Record<string, SettingRule>>;
  /** What is wrong with settings that are each fine. */
  readonly contradiction?: (settings: StrategySettings) => string | undefined;
  readonly make: (settings: never) => Strategy;
}

const LOTS: SettingRule = { least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0, meaning: 'lots of a position; 0 for as many as the cash is good for' };
const entry = <T>(
  settings: CatalogEntry['settings'], make: (settings: T) => Strategy, contradiction?: CatalogEntry['contradiction'],
): CatalogEntry => ({ settings, make, contradiction });

/** The strategies that come with the platform, by name. */
export const STRATEGIES = {
  'sma-cross': entry(
    {
      fast: { least: 1, most: 10_000, otherwise: 10, meaning: 'bars of the fast average' },
      slow: { least: 1, most: 10_000, otherwise: 50, meaning: 'bars of the slow average' },
      lots: LOTS,
      short: { least: 0, most: 1, otherwise: 0, meaning: '1 to sell short below' },
    },
    (settings: ConstructorParameters<typeof SmaCross>[0]) => new SmaCross(settings),
    ({ fast, slow }) => (fast < slow ? undefined : `fast must be shorter than slow, got ${fast} and ${slow}`),
  ),
  'breakout': entry(
    {
      window: { least: 1, most: 10_000, otherwise: 60, meaning: 'bars whose highest price has to be passed' },
      stopBps: { least: 1, most: 9_999, otherwise: 100, meaning: 'hundredths of a per cent down to the stop' },
      targetBps: { least: 1, most: 100_000, otherwise: 200, meaning: 'hundredths of a per cent up to the target' },
      lots: LOTS,
    },
    (settings: ConstructorParameters<typeof Breakout>[0]) => new Breakout(settings),
  ),
  'buy-and-hold': entry({ lots: LOTS }, (settings: ConstructorParameters<typeof BuyAndHold>[0]) => new BuyAndHold(settings)),
} as const satisfies Readonly<Record<string, CatalogEntry>>;

export type StrategyName = keyof typeof STRATEGIES;

export function isStrategyName(name: string): name is StrategyName {
  return Object.hasOwn(STRATEGIES, name);
}

/**
 * Settings with what was left out.
 *
 * @throws DomainError `invalid_strategy` naming the setting that is missing, unknown, out of range or contradicts another
 */
export function completeSettings(name: string, given: StrategySettings): StrategySettings {
  const fail = (why: string): never => { throw new DomainError('invalid_strategy', `strategy ${name}: ${why}`); };
  if (!isStrategyName(name)) return fail(`there is none of this name; there are ${Object.keys(STRATEGIES).join(', ')}`);
  const { settings, contradiction }: CatalogEntry = STRATEGIES[name];
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(settings, key));
  if (unknown !== undefined) fail(`${unknown} is not a setting; there are ${Object.keys(settings).join(', ')}`);
  const complete = Object.fromEntries(Object.entries(settings).map(([key, { least, most, otherwise }]) => {
    const value = given[key] ?? otherwise ?? fail(`${key} is missing`);
    if (!Number.isSafeInteger(value) || value < least || value > most) fail(`${key} must be a whole number from ${least} to ${most}, got ${value}`);
    return [key, value];
  }));
  const wrong = contradiction?.(complete);
  return wrong === undefined ? complete : fail(wrong);
}

/** A new instance. @throws DomainError as `completeSettings` says */
export function makeStrategy(name: string, given: StrategySettings): Strategy {
  const settings = completeSettings(name, given);
  return (STRATEGIES[name as StrategyName] as CatalogEntry).make(settings as never);
}
