import { completeSettings, type StrategySettings } from './catalog';
import { DomainError } from '../errors';

/** Values of one setting: from, to, both included, in steps. */
export interface SettingRange {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export type SettingRanges = Readonly<Record<string, number | SettingRange>>;

function sizeOf(range: number | SettingRange): number {
  return typeof range === 'number' ? 1 : Math.max(0, Math.floor((range.to - range.from) / range.step) + 1);
}

/** Choices that a grid has, those included that contradict themselves. */
export function gridSize(ranges: SettingRanges): number {
  return Object.values(ranges).reduce<number>((product, one) => product * sizeOf(one), 1);
}

/**
 * A choice by its number, the last setting changing first.
 *
 * @returns undefined when it contradicts itself, such as a fast average that is slower
 * @throws DomainError `invalid_strategy` when the grid has this one choice only and it is none
 */
export function gridPoint(name: string, ranges: SettingRanges, index: number): StrategySettings | undefined {
  const names = Object.keys(ranges);
  const settings: Record<string, number> = {};
  let rest = index;
  for (let k = names.length - 1; k >= 0; k--) {
    const range = ranges[names[k]];
    const size = sizeOf(range);
    settings[names[k]] = typeof range === 'number' ? range : range.from + (rest % size) * range.step;
    rest = Math.floor(rest / size);
  }
  try {
    return completeSettings(name, Object.fromEntries(names.map((key) => [key, settings[key]])));
  } catch (error) {
    if (error instanceof DomainError && gridSize(ranges) > 1) return undefined;
    throw error;
  }
}
