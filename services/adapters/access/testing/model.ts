import type { Levels } from '../combine';
import { ALL } from '../rule';

/** What rules say, the slow way: everything that was said is written down, and what counts most is looked for. */
export function allowedByModel(levels: Levels, of: 'actions' | 'instruments', name: string): boolean {
  const said = levels.flatMap((rules, level) => rules.flatMap((one) => [
    ...(one[of]?.deny ?? []).map((what) => ({ what, rank: level * 4 + (what === ALL ? 2 : 0), verdict: false })),
    ...(one[of]?.allow ?? []).map((what) => ({ what, rank: level * 4 + (what === ALL ? 2 : 0) + 1, verdict: true })),
  ]));
  return said.filter(({ what }) => what === name || what === ALL).sort((a, b) => a.rank - b.rank)[0]?.verdict ?? true;
}
