import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource, Stack, Template } from './model';
import { LOCAL_REGION } from '../servers/emulator';
import { LocalError, messageOf } from '../servers/errors';

interface Artifact {
  readonly type: string;
  readonly environment?: string;
  readonly dependencies?: readonly string[];
  readonly properties?: { readonly templateFile?: string; readonly stackName?: string; readonly directoryName?: string };
}

interface AssetManifest {
  readonly files?: Record<string, { readonly source: { readonly path?: string } }>;
  readonly dockerImages?: Record<string, { readonly source: { readonly directory?: string } }>;
}

/** In the metadata of a template: its stack waits to take over from another region, and this machine stands for one region. */
const STANDBY = 'cdk-trading-platform:standby';

/** A synthesised app: its stacks, those of its stages included, without those of a region that waits. */
export class Assembly {
  constructor(readonly directory: string, readonly stacks: readonly Stack[]) {}

  /**
   * Reads an assembly from its folder.
   *
   * @param options standby: with the stacks of a region that waits
   * @throws LocalError when there is none, or when it is damaged
   */
  static load(directory: string, { standby = false }: { standby?: boolean } = {}): Assembly {
    if (!existsSync(join(directory, 'manifest.json'))) {
      throw new LocalError(`${directory} holds no cloud assembly (manifest.json is missing); run npx cdk synth --quiet.`);
    }
    const stacks = stacksIn(directory, '').filter(({ template }) => standby || template.Metadata?.[STANDBY] !== true);
    if (stacks.length === 0) throw new LocalError(`The cloud assembly in ${directory} has no stack; check the app that was synthesised.`);
    return new Assembly(directory, stacks);
  }

  /** The resources of a stack, whatever their condition. */
  resourcesOf(stack: Stack): Resource[] {
    return Object.keys(stack.template.Resources ?? {}).map((logicalId) => this.resource(stack, logicalId) as Resource);
  }

  /** A resource by its logical id, or undefined. */
  resource(stack: Stack, logicalId: string): Resource | undefined {
    const found = stack.template.Resources?.[logicalId];
    if (!found) return undefined;
    const dependsOn = found.DependsOn ?? [];
    return {
      stack,
      logicalId,
      type: found.Type,
      properties: found.Properties ?? {},
      dependsOn: typeof dependsOn === 'string' ? [dependsOn] : dependsOn,
      path: `${stack.name}/${logicalId}`,
    };
  }

  /** A stack by name; two regions may have one of the same name. */
  stackNamed(name: string, region?: string): Stack | undefined {
    const named = this.stacks.filter((stack) => stack.name === name);
    return named.find((stack) => stack.region === region) ?? (region === undefined ? named[0] : undefined);
  }
}

function readJson<T>(file: string): T {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch (error) {
    throw new LocalError(`${file} cannot be read as JSON (${messageOf(error)}); synthesise again.`);
  }
}

/** @param prefix path of the stage that the folder belongs to */
function stacksIn(directory: string, prefix: string): Stack[] {
  const { artifacts = {} } = readJson<{ artifacts?: Record<string, Artifact> }>(join(directory, 'manifest.json'));
  return Object.entries(artifacts).flatMap(([id, artifact]): Stack[] => {
    if (artifact.type === 'cdk:cloud-assembly') {
      return stacksIn(join(directory, artifact.properties?.directoryName ?? id), `${prefix}${id}/`);
    }
    if (artifact.type !== 'aws:cloudformation:stack') return [];
    const region = artifact.environment?.split('/').at(-1);
    return [{
      id: `${prefix}${id}`,
      name: artifact.properties?.stackName ?? id,
      region: !region || region === 'unknown-region' ? LOCAL_REGION : region,
      template: readJson<Template>(join(directory, artifact.properties?.templateFile ?? `${id}.template.json`)),
      directory,
      dependencies: (artifact.dependencies ?? []).filter((other) => artifacts[other]?.type === 'aws:cloudformation:stack').map((other) => `${prefix}${other}`),
      assets: assetsOf(directory, artifact.dependencies ?? [], artifacts),
    }];
  });
}

function assetsOf(directory: string, dependencies: readonly string[], artifacts: Record<string, Artifact>): Map<string, string> {
  const folders = new Map<string, string>();
  for (const id of dependencies.filter((other) => artifacts[other]?.type === 'cdk:asset-manifest')) {
    const file = (artifacts[id].properties as { file?: string } | undefined)?.file ?? `${id}.json`;
    const manifest = readJson<AssetManifest>(join(directory, file));
    const sources = [
      ...Object.entries(manifest.files ?? {}).map(([hash, { source }]) => [hash, source.path] as const),
      ...Object.entries(manifest.dockerImages ?? {}).map(([hash, { source }]) => [hash, source.directory] as const),
    ];
    for (const [hash, folder] of sources) if (folder !== undefined) folders.set(hash, join(directory, folder));
  }
  return folders;
}
