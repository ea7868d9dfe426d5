/** Runs ESLint over every folder that holds TypeScript; arguments are passed on, such as `--fix`. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');
const eslint = join(dirname(createRequire(join(root, 'package.json')).resolve('eslint/package.json')), 'bin/eslint.js');
const folders = ['src', 'test', 'services', 'local', 'examples', 'bench', 'scripts', 'projenrc', '.projenrc.ts'];

const run = spawnSync(
  process.execPath,
  ['--no-warnings', eslint, '--ext', '.ts', '--no-error-on-unmatched-pattern', ...process.argv.slice(2), ...folders],
  // The rules are those that projen writes, in the form that it writes.
  { cwd: root, stdio: 'inherit', env: { ...process.env, ESLINT_USE_FLAT_CONFIG: 'false' } },
);
process.exit(run.status ?? 1);
