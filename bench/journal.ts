/**
 * `npm run -s bench:journal`: bundles what is measured, as the services are bundled, and runs it. Under tsx every constant of another
 * module is a property with a getter, and the core a tenth as fast.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { V8_FLAGS } from '../services/reference-matcher/v8-flags';

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bundle-'));
  try {
    const outfile = join(folder, 'journal.js');
    await build({
      entryPoints: [join(__dirname, 'lib/journal-main.ts')], outfile, bundle: true, platform: 'node', target: 'node22', format: 'cjs',
      tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } },
    });
    const child = spawn(process.execPath, [...V8_FLAGS, outfile, ...process.argv.slice(2)], { stdio: 'inherit' });
    const end = (): void => { child.kill('SIGTERM'); };
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const) process.once(name, end);
    process.channel?.unref();
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
