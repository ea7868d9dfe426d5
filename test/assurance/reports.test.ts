/** The committed reports are those of the systems as they are. Making them takes minutes; what they were made of is compared here. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { currentPage, pageWithTable } from '../../scripts/compliance/counts';
import { formDigest, readDigests } from '../../scripts/compliance/digests';
import { FORMS } from '../../scripts/compliance/forms';

const reports = join(__dirname, '../../reports');

interface Written { packs: Array<{ ruleSet: string; evaluated: number; errors: number; unevaluated: number }>; faults: unknown[] }

describe.each(Object.keys(FORMS))('%s', (system) => {
  const folder = join(reports, system);

  test('has a report of every form, without errors, in nine rule sets', () => {
    for (const name of ['compliance.csv', 'compliance.json', 'compliance.sarif', 'index.html']) expect(existsSync(join(folder, name))).toBe(true);
    const { packs, faults } = JSON.parse(readFileSync(join(folder, 'compliance.json'), 'utf8')) as Written;
    expect(packs).toHaveLength(9);
    expect(packs.filter(({ errors, unevaluated, evaluated }) => errors > 0 || unevaluated > 0 || evaluated === 0)).toEqual([]);
    expect(faults).toEqual([]);
    expect(Object.keys(readDigests(folder))).toEqual(Object.keys(FORMS[system]));
  });

  // The other forms have the same parts, more or fewer; `npm run compliance` looks at all of them.
  test('is not stale: run `npm run compliance` after a change of templates or acknowledgements', () => {
    const [[name, form]] = Object.entries(FORMS[system]);
    expect(readDigests(folder)[name]).toBe(formDigest(form));
  }, 300_000);
});

test('the page on compliance has their counts: run `npm run compliance`', () => {
  const root = join(__dirname, '../..');
  expect(currentPage(root)).toBe(pageWithTable(root, Object.keys(FORMS)));
  for (const system of Object.keys(FORMS)) expect(currentPage(root)).toMatch(new RegExp(`^\\| ${system} \\| \\d+ \\|`, 'm'));
});
