/** Checks the types of everything that runs under tsx, esbuild or swc, which check none. jsii checks `src` when it compiles. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '..');
const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc');
const projects = ['services', 'local', 'scripts', 'bench', 'integ', 'examples', 'test'].map((folder) => `${folder}/tsconfig.json`);

let failed = false;
for (const project of projects) {
  const run = spawnSync(process.execPath, [tsc, '-p', project, '--noEmit'], { cwd: root, stdio: 'inherit' });
  console.log(`${project}: ${run.status === 0 ? 'ok' : 'failed'}`);
  failed ||= run.status !== 0;
}
process.exit(failed ? 1 : 0);
