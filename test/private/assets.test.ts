import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetDirectory } from '../../src/private/assets';

const root = mkdtempSync(join(tmpdir(), 'assets-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('finds a bundle below the package', () => {
  mkdirSync(join(root, 'assets', 'streamer'), { recursive: true });
  writeFileSync(join(root, 'assets', 'streamer', 'main.js'), '');
  expect(assetDirectory('streamer', root)).toBe(join(root, 'assets', 'streamer'));
});

test('fails with one sentence that says what to run', () => {
  expect(() => assetDirectory('settlement', root)).toThrow(
    `the bundle of the service 'settlement' is missing: ${join(root, 'assets', 'settlement', 'main.js')} does not exist; run \`npm run prepare\` in ${root}`);
});

test('starts at the root of this package', () => {
  expect(assetDirectory('setup')).toBe(join(__dirname, '..', '..', 'assets', 'setup'));
});
