/** How the rule packs judge each construct, from one run per layer. */
import type { Entry } from './inventory';
import { LibraryAcknowledgements } from '../../src/assurance/library-acknowledgements';
import { EVERY_CONSTRUCT } from '../../test/support/every-construct';
import { packReport } from '../../test/support/rule-packs';

/** One run of all packs over a layer: per construct `clean`, `clean, 3 accepted` or `4 findings`. */
export function judge(layer: string, entries: readonly Entry[]): Map<string, string> {
  const { violations, suppressed, error } = packReport((app) => {
    EVERY_CONSTRUCT[layer](app);
    LibraryAcknowledgements.apply(app, { owner: 'platform', reviewBy: '2027-05-31' });
  });
  // A synthesis that fails for another reason than findings says nothing about the packs.
  if (error !== '' && violations.length === 0) throw new Error(`${layer}: ${error}`);
  return new Map(entries.filter((entry) => entry.layer === layer).map(({ name, path }) => {
    const inside = (construct: string): boolean => construct === path || construct.startsWith(`${path}/`);
    const found = violations.filter((violation) => inside(violation.slice(violation.indexOf(' at ') + 4))).length;
    const accepted = suppressed.filter(({ ruleName, violatingConstructs }) => /-/.test(ruleName) && violatingConstructs.some(({ constructPath }) => inside(constructPath))).length;
    return [name, found > 0 ? `${found} findings` : accepted > 0 ? `clean, ${accepted} accepted` : 'clean'];
  }));
}
