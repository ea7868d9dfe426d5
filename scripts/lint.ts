/** Runs ESLint over every folder that holds TypeScript, and looks for imports in a circle; arguments are passed on to ESLint, such as `--fix`. */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { importCycles } from './lint/import-cycles';

const root = join(__dirname, '..');
const eslint = join(dirname(createRequire(join(root, 'package.json')).resolve('eslint/package.json')), 'bin/eslint.js');
/** Folders that one process looks at: all of them in one outgrow its heap. The longest first. */
const batches = [['services'], ['src', 'examples', 'projenrc', '.projenrc.ts'], ['test'], ['local', 'bench', 'scripts', 'integ']];

function lint(folders: readonly string[]): Promise<boolean> {
  const args = ['--no-warnings', eslint, '--ext', '.ts,.tsx', '--no-error-on-unmatched-pattern', ...process.argv.slice(2), ...folders];
  // The rules are those that projen writes, in the form that it writes.
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ESLINT_USE_FLAT_CONFIG: 'false' } });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}

/** Whether no files load each other in a circle. */
async function acyclic(): Promise<boolean> {
  const files = batches.flat().filter((each) => !each.endsWith('.ts')).flatMap((folder) => (
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => /(?<!\.d)\.(ts|tsx|mts)$/.test(file)).map((file) => join(folder, file))));
  const cycles = await importCycles(root, files);
  for (const cycle of cycles) console.error(`imports in a circle: ${cycle.join(' → ')}`);
  return cycles.length === 0;
}

async function main(): Promise<void> {
  const waiting = [...batches];
  let clean = await acyclic();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) clean = (await lint(next)) && clean;
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  process.exit(clean ? 0 : 1);
}

void main();
