// Builds the trading screen, services/web, to static files: they need nothing but the API under the same name. Without a folder as argument
// to assets/web/; `scripts/bundle.mjs` puts them there as well, and into the bundle of the API that serves them.
import { build } from 'esbuild';
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const from = join(root, 'services', 'web');

/** Files that are copied as they are. */
const PLAIN = ['index.html', 'screen.svg'];

/** @param {string} folder where the files go; what else is in it stays */
export async function bundleWeb(folder) {
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [{ in: join(from, 'main.tsx'), out: 'screen' }, { in: join(from, 'screen.css'), out: 'screen' }],
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    jsx: 'automatic',
    // React's checks for developers stay out.
    define: { 'process.env.NODE_ENV': '"production"' },
    tsconfigRaw: { compilerOptions: { target: 'es2022', jsx: 'react-jsx' } },
    legalComments: 'linked',
    logLevel: 'error',
  });
  for (const name of PLAIN) cpSync(join(from, name), join(folder, name));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folder = resolve(process.argv[2] ?? join(root, 'assets', 'web'));
  await bundleWeb(folder);
  console.log(`built the trading screen to ${folder}`);
}
