/** The threat model names tests that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/security/threat-model.md'), 'utf8');
const shown = [...page.matchAll(/`([^`]+\.test\.ts)`: “([^”]+)”/g)].map(([, file, name]) => ({ file, name }));
const threats = page.split('\n').filter((line) => line.startsWith('| ') && !/^\| (threat|---)/.test(line));

test('every letter of STRIDE has threats', () => {
  for (const letter of ['Spoofing', 'Tampering', 'Repudiation', 'Information disclosure', 'Denial of service', 'Elevation of privilege']) {
    expect(page).toMatch(new RegExp(`^## ${letter}\\n\\n\\| threat`, 'm'));
  }
  expect(threats.length).toBeGreaterThanOrEqual(25);
});

test('every threat is shown by a test', () => {
  expect(threats.filter((line) => !/`[^`]+\.test\.ts`: “/.test(line))).toEqual([]);
});

test.each(shown.map(({ file, name }) => [file, name]))('%s has “%s”', (file, name) => {
  const path = join(root, file);
  expect(existsSync(path)).toBe(true);
  const source = readFileSync(path, 'utf8');
  expect(source.includes(name) || source.includes(name.replaceAll('\'', '\\\''))).toBe(true);
});
