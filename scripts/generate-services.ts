import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configSource } from './generate-services/config-source';
import { definitionsSource } from './generate-services/definitions-source';
import { readManifests } from './generate-services/manifest';

/** A generated file: its path below the repository's root and the text that it should have. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** What the manifests below `root` generate, without writing anything. */
export function generate(root: string): GeneratedFile[] {
  const manifests = readManifests(root);
  return [
    ...manifests.map((manifest) => ({ path: `services/${manifest.folder}/config.generated.ts`, text: configSource(manifest) })),
    { path: 'src/private/services.generated.ts', text: definitionsSource(manifests) },
  ];
}

/** The generated files below `root` that are missing or differ from what the manifests say. */
export function staleFiles(root: string): string[] {
  return generate(root)
    .filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(({ path }) => path);
}

function main(args: readonly string[]): number {
  const root = resolve(__dirname, '..');
  const stale = staleFiles(root);
  if (args.includes('--check')) {
    if (stale.length === 0) return 0;
    console.error(`stale generated files, run \`npm run generate\`: ${stale.join(', ')}`);
    return 1;
  }
  for (const { path, text } of generate(root)) {
    if (stale.includes(path)) writeFileSync(join(root, path), text);
  }
  console.log(stale.length === 0 ? 'generated files are fresh' : `generated ${stale.join(', ')}`);
  return 0;
}

if (require.main === module) {
  try {
    process.exitCode = main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
