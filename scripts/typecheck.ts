/** Checks the types of everything that runs under tsx, esbuild or swc, which check none. jsii checks `src` when it compiles. */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');
const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc');
/** The longest first. */
const waiting = ['test', 'services', 'services/web', 'integ', 'bench', 'local', 'scripts', 'examples'].map((folder) => `${folder}/tsconfig.json`);
let failed = false;

function check(project: string): Promise<void> {
  const child = spawn(process.execPath, [tsc, '-p', project, '--noEmit', '--pretty', 'false'], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  // Held back until the end: two of them at once would mix their lines.
  let words = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => { words += chunk; });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      console.log(`${words}${project}: ${code === 0 ? 'ok' : 'failed'}`);
      failed ||= code !== 0;
      resolve();
    });
  });
}

async function main(): Promise<void> {
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await check(next);
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
  process.exit(failed ? 1 : 0);
}

void main();
