// How a service becomes one file; `scripts/bundle.mjs` and the tests of what must survive it use the same.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
/** The build of the WebAssembly functions that carries its code in itself instead of reading a file beside it, which a bundle has not. */
const wasm = join(dirname(require.resolve('@platformatic/wasm-utils')), 'bundled.js');

/** @type {import('esbuild').BuildOptions} */
export const bundleOptions = {
  bundle: true,
  platform: 'node',
  target: 'node22',
  // Fields as assignments in the constructor: V8 folds those of the exchange core, and defined ones it does not.
  tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } },
  format: 'cjs',
  // The CommonJS entry of a package first: the bundle is CommonJS.
  mainFields: ['main', 'module'],
  // Some packages have ECMAScript entries alone, and ask where they are.
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: 'var importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  alias: { '@platformatic/wasm-utils': wasm },
  keepNames: true,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'error',
  // Optional native parts that their packages try to load and do without.
  external: ['pg-native', 'bufferutil', 'utf-8-validate'],
};
