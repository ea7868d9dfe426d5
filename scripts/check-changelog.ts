/**
 * `npm run check:changelog`: the changelog is well-formed, and it admits every stateful resource that an update would replace.
 *
 *   --record   takes what the program makes now as the release that the next changes are measured against
 *   --json     the facts as one line of JSON, last
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, sectionsOf } from './changelog/changelog';
import { losses, unmentioned } from './changelog/compare';
import { currentStateful, type StatefulResources } from './changelog/stateful';
import { checkProgram, root, step } from './lib/processes';

const RECORD = join(root, 'scripts/changelog/recorded.json');

interface Recorded {
  readonly version: string;
  readonly resources: StatefulResources;
}

checkProgram(async () => {
  const sections = sectionsOf(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'));
  const faults = faultsOf(sections);
  if (faults.length > 0) throw new Error(`CHANGELOG.md: ${faults.join('; ')}`);
  const current = await step('synthesise every system and construct', currentStateful);
  const [{ version }] = sections;
  if (process.argv.includes('--record')) {
    writeFileSync(RECORD, `${JSON.stringify({ version, resources: current } satisfies Recorded, undefined, 1)}\n`);
    return { recorded: version, stateful: Object.keys(current).length };
  }
  if (!existsSync(RECORD)) throw new Error('nothing is recorded yet: npm run check:changelog -- --record');
  const recorded = JSON.parse(readFileSync(RECORD, 'utf8')) as Recorded;
  const found = losses(recorded.resources, current);
  const silent = unmentioned(found, sections[0]);
  if (silent.length > 0) {
    throw new Error([`${silent.length} stateful resources are not the recorded ones, and ${version} in CHANGELOG.md does not name them as replaced:`,
      ...silent.map(({ path, what }) => `  ${path}: ${what}`)].join('\n'));
  }
  return { since: recorded.version, next: version, stateful: Object.keys(current).length, replaced: found.map(({ path }) => path) };
});
