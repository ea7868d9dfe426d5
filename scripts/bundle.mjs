// Bundles each service with all that it imports to assets/<service>/, the folder that constructs, images and the local
// platform take it from. Runs on Node 20 and later, because `npm ci` calls it as `prepare`.
import { build } from 'esbuild';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWeb } from './bundle-web.mjs';
import { bundleOptions } from './lib/bundle-options.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const services = join(root, 'services');
const assets = join(root, 'assets');

/** The trading screen: static files for a site, and part of the service that serves them beside its API. */
const SCREEN = 'web';
const servesScreen = (name) => name === 'reference-api';

async function bundle(folder) {
  const name = nameOf(folder);
  if (name === SCREEN) return bundleWeb(join(work, name));
  const from = join(services, folder);
  const to = join(work, name);
  const manifest = JSON.parse(readFileSync(join(from, 'service.json'), 'utf8'));
  const entry = join(from, manifest.entry);
  if (!existsSync(entry)) throw new Error(`${name}: the manifest's entry ${manifest.entry} does not exist`);
  mkdirSync(to);
  await build({
    entryPoints: [entry],
    outfile: join(to, 'main.js'),
    ...bundleOptions,
  });
  for (const extra of [manifest.dockerfile, ...(manifest.include ?? [])].filter(Boolean)) {
    cpSync(join(from, extra), join(to, extra), { recursive: true });
  }
  if (manifest.dockerfile) pinBase(join(to, manifest.dockerfile));
  if (servesScreen(name)) await bundleWeb(join(to, 'page'));
}

/** Names the base by its digest, once images.json has one: a tag may be another image tomorrow. */
function pinBase(dockerfile) {
  const { image, tag, digest } = JSON.parse(readFileSync(join(root, 'images.json'), 'utf8')).service;
  if (digest === null) return;
  writeFileSync(dockerfile, readFileSync(dockerfile, 'utf8').replace(/^ARG BASE_IMAGE=.*$/m, () => `ARG BASE_IMAGE=${image}:${tag}@${digest}`));
}

/** Puts a finished bundle in the place of the last one: whoever reads `assets/` meanwhile finds one or the other. */
function swap(name) {
  const place = join(assets, name);
  if (existsSync(place)) renameSync(place, join(work, `${name}.last`));
  renameSync(join(work, name), place);
}

/** Folders with a manifest: of a service, or of one of several that share a folder. */
const within = (folder) => readdirSync(join(services, folder), { withFileTypes: true })
  .filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
const folders = within('').flatMap((folder) => [folder, ...within(folder)])
  .filter((folder) => folder === SCREEN || existsSync(join(services, folder, 'service.json')))
  .sort();
const nameOf = (folder) => folder.split(sep).join('-');
const names = folders.map(nameOf);
const only = process.argv.slice(2);
const unknown = only.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`no service is called ${unknown.join(', ')}; there are ${names.join(', ')}`);
const wanted = folders.filter((folder) => only.length === 0 || only.includes(nameOf(folder)));
// A service that no longer exists must not stay behind in the package.
if (only.length === 0 && existsSync(assets)) {
  for (const stale of readdirSync(assets).filter((name) => !names.includes(name))) rmSync(join(assets, stale), { recursive: true });
}
// Beside what it becomes, because only within a file system a folder moves at once.
const cache = join(root, 'node_modules', '.cache');
mkdirSync(cache, { recursive: true });
mkdirSync(assets, { recursive: true });
const work = mkdtempSync(join(cache, 'bundles-'));
const results = await Promise.allSettled(wanted.map(bundle));
const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
for (const reason of failed) console.error(reason instanceof Error ? reason.message : String(reason));
if (failed.length === 0) wanted.map(nameOf).forEach(swap);
rmSync(work, { recursive: true, force: true });
if (failed.length > 0) process.exit(1);
console.log(`bundled ${wanted.map(nameOf).join(', ')} to assets/`);
