import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BareAppPlan, ResourceCounts } from './lib/bare-app-budget';

interface Artifact {
  readonly type: string;
  readonly displayName?: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: { readonly templateFile?: string };
}
interface Manifest {
  readonly artifacts: Record<string, Artifact>;
}
interface AssetManifest {
  readonly files?: Record<string, { readonly source: { readonly path?: string; readonly packaging?: string } }>;
  readonly dockerImages?: Record<string, { readonly source: { readonly directory?: string } }>;
}

const read = <T>(folder: string, file: string): T => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T;

/** Plan of a bare app like the one whose assembly is in a folder: the same stacks in the order of their deployment, the same assets. */
export function planAfter(folder: string): BareAppPlan {
  const { artifacts } = read<Manifest>(folder, 'manifest.json');
  const names: string[] = [];
  const visit = (id: string): void => {
    if (artifacts[id]?.type !== 'aws:cloudformation:stack' || names.includes(id)) return;
    for (const other of artifacts[id].dependencies ?? []) visit(other);
    names.push(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  const code = new Set<string>();
  const images = new Set<string>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.assets.json'))) {
    const { files = {}, dockerImages = {} } = read<AssetManifest>(folder, file);
    for (const { source } of Object.values(files)) if (source.packaging === 'zip' && source.path) code.add(join(folder, source.path));
    for (const { source } of Object.values(dockerImages)) if (source.directory) images.add(join(folder, source.directory));
  }
  return {
    code: [...code],
    images: [...images],
    stacks: names.map((name) => ({
      name,
      region: artifacts[name].environment!.split('/').at(-1)!,
      group: dirname(artifacts[name].displayName ?? name),
      counts: countsOf([read(folder, artifacts[name].properties!.templateFile!)]),
    })),
  };
}

/** Resources of each type in an assembly. */
export function countsIn(folder: string): ResourceCounts {
  return countsOf(readdirSync(folder).filter((name) => name.endsWith('.template.json')).map((name) => read(folder, name)));
}

function countsOf(templates: readonly { Resources?: Record<string, { Type: string }> }[]): ResourceCounts {
  const counts: Record<string, number> = {};
  for (const { Resources = {} } of templates) for (const { Type } of Object.values(Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}

/** Types whose numbers differ by more than a share, each as a sentence. */
export function differences(ours: ResourceCounts, bare: ResourceCounts, share = 0.05): string[] {
  return [...new Set([...Object.keys(ours), ...Object.keys(bare)])].sort()
    .filter((type) => Math.abs((ours[type] ?? 0) - (bare[type] ?? 0)) > share * (ours[type] ?? 0))
    .map((type) => `${type}: ${ours[type] ?? 0} in ours, ${bare[type] ?? 0} in the bare app`);
}
