// Bundles each service with all that it imports to assets/<service>/, the folder that constructs, images and the local
// platform take it from. Runs on Node 20 and later, because `npm ci` calls it as `prepare`.
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const services = join(root, 'services');
const assets = join(root, 'assets');

/** Optional native parts that their packages try to load and do without. */
const external = ['pg-native', 'bufferutil', 'utf-8-validate'];

async function bundle(name) {
  const from = join(services, name);
  const to = join(assets, name);
  const manifest = JSON.parse(readFileSync(join(from, 'service.json'), 'utf8'));
  const entry = join(from, manifest.entry);
  if (!existsSync(entry)) throw new Error(`${name}: the manifest's entry ${manifest.entry} does not exist`);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  await build({
    entryPoints: [entry],
    outfile: join(to, 'main.js'),
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    // The CommonJS entry of a package first: the bundle is CommonJS, and some ECMAScript entries ask where they are.
    mainFields: ['main', 'module'],
    keepNames: true,
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'error',
    external,
  });
  for (const extra of [manifest.dockerfile, ...(manifest.include ?? [])].filter(Boolean)) {
    cpSync(join(from, extra), join(to, extra), { recursive: true });
  }
}

const names = readdirSync(services, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(services, entry.name, 'service.json')))
  .map((entry) => entry.name)
  .sort();
const only = process.argv.slice(2);
const wanted = only.length > 0 ? only : names;
// A service that no longer exists must not stay behind in the package.
if (only.length === 0 && existsSync(assets)) {
  for (const stale of readdirSync(assets).filter((name) => !names.includes(name))) rmSync(join(assets, stale), { recursive: true });
}
const results = await Promise.allSettled(wanted.map(bundle));
const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
for (const reason of failed) console.error(reason instanceof Error ? reason.message : String(reason));
if (failed.length > 0) process.exit(1);
console.log(`bundled ${wanted.join(', ')} to assets/`);
