/**
 * Every AWS service and setting that the five documents name: a construct provides it, and a synthesised template shows it, or a
 * decision record says why not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { d0 } from './documents/d0';
import { d1 } from './documents/d1';
import { d2 } from './documents/d2';
import { d3 } from './documents/d3';
import { d4 } from './documents/d4';
import type { Noun, Provided } from './noun';
import { templatesOf } from './scenario';
import { RECOVERY_REGION, SCENARIOS } from './scenarios';
import { exists } from './source-index';

const root = join(__dirname, '../..');
const DOCUMENTS: Record<string, readonly Noun[]> = { d0, d1, d2, d3, d4 };
const records = readdirSync(join(root, 'docs/decisions'));

const made = new Map<string, Template[]>();
function templates(scenario: string): Template[] {
  const found = made.get(scenario) ?? templatesOf(SCENARIOS[scenario], RECOVERY_REGION.includes(scenario) ? 'us-west-2' : 'us-east-1');
  made.set(scenario, found);
  return found;
}

/** How many resources of the noun's type have what it asks for. */
function occurrences({ scenario, type, has }: Provided): number {
  return templates(scenario).reduce((sum, template) => sum + Object.keys(template.findResources(type, { Properties: has })).length, 0);
}

function check(noun: Noun): void {
  if ('decision' in noun) {
    const record = records.find((name) => name.startsWith(`${noun.decision}-`));
    expect({ record: noun.decision, exists: record !== undefined }).toEqual({ record: noun.decision, exists: true });
  } else if ('file' in noun) {
    expect({ file: noun.file, exists: existsSync(join(root, noun.file)) }).toEqual({ file: noun.file, exists: true });
  } else {
    expect(noun.by.filter((reference) => !exists(reference))).toEqual([]);
    const [count, least] = [occurrences(noun), noun.count ?? 1];
    if (count < least) throw new Error(`${noun.scenario}: ${count} of ${noun.type} have ${JSON.stringify(noun.has)}, expected ${least}`);
  }
}

describe.each(Object.entries(DOCUMENTS))('%s', (_id, nouns) => {
  test.each(nouns.map((noun) => [`line ${noun.line}: ${noun.noun}`, noun] as const))('%s', (_title, noun) => check(noun));
});

describe('the lists', () => {
  const all = Object.values(DOCUMENTS).flat();

  test('are long enough to be complete', () => {
    expect(Object.entries(DOCUMENTS).filter(([, nouns]) => nouns.length < 30).map(([id]) => id)).toEqual([]);
  });

  test('name each thing of a document once', () => {
    for (const [id, nouns] of Object.entries(DOCUMENTS)) {
      const names = nouns.map(({ line, noun }) => `${id} ${line} ${noun}`);
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    }
  });

  test('use every scenario', () => {
    const used = new Set(all.flatMap((noun) => ('scenario' in noun ? [noun.scenario] : [])));
    expect(Object.keys(SCENARIOS).filter((name) => !used.has(name))).toEqual([]);
  });

  test('rest on records that name what was not built', () => {
    for (const noun of all) {
      if (!('decision' in noun)) continue;
      const record = records.find((name) => name.startsWith(`${noun.decision}-`))!;
      expect(readFileSync(join(root, 'docs/decisions', record), 'utf8')).toMatch(/\*\*Decision\.\*\*|These were not built|\| here \||departs/i);
    }
  });

  test('would notice a setting that is gone, and a prop that never was', () => {
    const [first] = d0.filter((noun): noun is Provided => 'scenario' in noun);
    expect(() => check({ ...first, has: { PublicAccessBlockConfiguration: { BlockPublicAcls: false } } })).toThrow(/staticSite: 0 of/);
    expect(exists('StaticSite.bucket')).toBe(true);
    expect(exists('StaticSite.buckets')).toBe(false);
    expect(exists('StaticSites')).toBe(false);
  });
});
