/** The changelog says of every change what is replaced and who is affected, and keeps silent about no stateful resource. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOf, sectionsOf } from '../../scripts/changelog/changelog';
import { losses, unmentioned } from '../../scripts/changelog/compare';
import { currentStateful, type StatefulResources, systemNames } from '../../scripts/changelog/stateful';

const root = join(__dirname, '../..');
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const recorded = JSON.parse(readFileSync(join(root, 'scripts/changelog/recorded.json'), 'utf8')) as { version: string; resources: StatefulResources };
const table = (heading: string, ...rows: string[]) => `## ${heading}\n\n| change | replaced | affected |\n| --- | --- | --- |\n${rows.join('\n')}\n`;

describe('CHANGELOG.md', () => {
  const current = currentStateful();

  test('is well-formed', () => {
    expect(faultsOf(sectionsOf(changelog))).toEqual([]);
  });

  test('names every stateful resource that is not the one of the record any more', () => {
    expect(unmentioned(losses(recorded.resources, current), sectionsOf(changelog)[0])).toEqual([]);
  });

  test('is measured against every system, and constructs of all layers that keep state', () => {
    const kinds = new Set(Object.keys(current).map((path) => path.split('/')[0]));
    for (const kind of [...systemNames(), 'data', 'messaging', 'security', 'identity', 'edge']) expect(kinds).toContain(kind);
    expect(Object.keys(recorded.resources).length).toBeGreaterThan(80);
  });

  test('gives the release workflow its version and its notes', () => {
    const program = join(root, 'scripts/next-version.mjs');
    expect(execFileSync(process.execPath, [program], { encoding: 'utf8' }).trim()).toBe(sectionsOf(changelog)[0].version);
    expect(execFileSync(process.execPath, [program, '--notes'], { encoding: 'utf8' })).toContain(sectionsOf(changelog)[0].changes[0].change);
  });
});

describe('a changelog', () => {
  const good = table('0.2.0 (unreleased)', '| a | nothing | nobody |') + table('0.1.0', '| b | nothing | nobody |');
  const faults = (text: string) => faultsOf(sectionsOf(text)).join('\n');

  test('is accepted with its three answers per change', () => {
    expect(faults(good)).toBe('');
  });

  test.each([
    ['no unreleased section', table('0.1.0', '| b | nothing | nobody |'), /topmost section must be/],
    ['a change that says nothing of replacement', table('0.2.0 (unreleased)', '| a |  | nobody |'), /"a" does not say replaced/],
    ['a change that affects nobody it names', table('0.2.0 (unreleased)', '| a | nothing |  |'), /"a" does not say affected/],
    ['a section without changes', table('0.2.0 (unreleased)'), /0.2.0 has no changes/],
    ['a version 1', table('1.0.0 (unreleased)', '| a | nothing | nobody |'), /"1.0.0" is no version 0.x.y/],
    ['a version that does not rise', table('0.1.0 (unreleased)', '| a | nothing | nobody |') + table('0.1.0', '| b | nothing | nobody |'), /0.1.0 must be older/],
    ['an unreleased section further down', good.replace('## 0.1.0', '## 0.1.0 (unreleased)'), /not the topmost/],
  ])('fails for %s', (_what, text, message) => {
    expect(faults(text)).toMatch(message);
  });
});

describe('a stateful resource', () => {
  const before: StatefulResources = { 'Sim/Data/Ledger0B': { type: 'AWS::RDS::DBCluster', fixed: { DatabaseName: 'ledger' } } };
  const renamed: StatefulResources = { 'Sim/Data/Ledger9F': { type: 'AWS::RDS::DBCluster', fixed: { DatabaseName: 'ledger' } } };
  const [section] = sectionsOf(table('0.2.0 (unreleased)', '| the ledger moves | `Ledger0B`: export first | everyone |'));
  const [silent] = sectionsOf(table('0.2.0 (unreleased)', '| `Ledger0B` is nicer now | nothing | nobody |'));

  test('may be new', () => {
    expect(losses({}, before)).toEqual([]);
    expect(losses(before, { ...before, 'Sim/Data/New': before['Sim/Data/Ledger0B'] })).toEqual([]);
  });

  test.each([
    ['another logical id', renamed, /no longer in the template/],
    ['another type', { 'Sim/Data/Ledger0B': { type: 'AWS::RDS::DBInstance', fixed: {} } }, /was AWS::RDS::DBCluster and is/],
    ['a value that replaces it', { 'Sim/Data/Ledger0B': { type: 'AWS::RDS::DBCluster', fixed: { DatabaseName: 'books' } } }, /replaced by its changed DatabaseName/],
    ['a value that it did not have', { 'Sim/Data/Ledger0B': { type: 'AWS::RDS::DBCluster', fixed: { DatabaseName: 'ledger', KmsKeyId: 'k' } } }, /KmsKeyId/],
  ])('with %s must be named as replaced', (_what, after: StatefulResources, message) => {
    const found = losses(before, after);
    expect(found.map(({ what }) => what).join()).toMatch(message);
    expect(unmentioned(found, silent)).toEqual(found);
    expect(unmentioned(found, section)).toEqual([]);
  });
});
