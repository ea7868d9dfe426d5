/** `npm run -s sbom -- [--json] [--out <folder>]`: a bill of materials for each image, each function and the package, to dist/sbom/. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readManifests } from './generate-services/manifest';
import { readImages } from './images/images';
import { bomOf } from './sbom/bom';
import { Contents, type Part } from './sbom/contents';

interface PackageJson { readonly name: string; readonly version: string; readonly peerDependencies: Record<string, string> }

/** Bills of materials by the name of their file. */
export async function boms(root: string): Promise<Map<string, string>> {
  const { name, version, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  const contents = new Contents(root);
  const { service: base } = readImages(root);
  const screen = await contents.ofScreen();
  const found = new Map<string, string>();
  const all: Part[] = [...screen];
  for (const { name: service, folder, entry, kind } of readManifests(root)) {
    const own = await contents.ofService(`${folder}/${entry}`);
    // The API serves the screen from its own files.
    const parts = service === 'reference-api' ? unique([...own, ...screen]) : own;
    all.push(...own);
    const subject = kind === 'container' ? { kind: 'image' as const, base } : { kind: 'function' as const };
    found.set(`${subject.kind}-${service}.cdx.json`, bomOf({ ...subject, name: service, version, parts }));
  }
  const peers = Object.entries(peerDependencies).map(([peer, range]) => ({ name: peer, version: range }));
  found.set(`package-${name}.cdx.json`, bomOf({ kind: 'package', name, version, parts: unique(all), peers }));
  return found;
}

function unique(parts: readonly Part[]): Part[] {
  return [...new Map(parts.map((part) => [`${part.name}@${part.version}`, part])).values()];
}

async function main(args: readonly string[]): Promise<void> {
  const root = resolve(__dirname, '..');
  const { values: { json, out = join('dist', 'sbom') } } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, out: { type: 'string' } } });
  const folder = resolve(root, out);
  const written = await boms(root);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [file, text] of written) writeFileSync(join(folder, file), text);
  const counts = [...written].map(([file, text]) => [file, (JSON.parse(text) as { components?: unknown[] }).components?.length ?? 0] as const);
  if (json) process.stdout.write(`${JSON.stringify({ folder: out, components: Object.fromEntries(counts) }, null, 2)}\n`);
  else for (const [file, count] of counts) console.log(`${String(count).padStart(4)} components  ${join(out, file)}`);
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
