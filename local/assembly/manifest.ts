import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../servers/environment';
import { LocalError, messageOf } from '../servers/errors';

/** One environment value of a manifest. Which fields are there depends on its kind. */
export interface ManifestValue {
  readonly kind: string;
  readonly default?: unknown;
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Database user that the service signs in as. */
  readonly user?: string;
  /** Outside party that the value leads to. */
  readonly external?: string;
  /** The service does without it where the template does not give it. */
  readonly optional?: boolean;
}

/** The parts of `services/<name>/service.json` that running a service here needs. */
export interface ServiceManifest {
  readonly name: string;
  readonly kind: 'container' | 'function';
  readonly healthPath?: string;
  readonly environment: Readonly<Record<string, ManifestValue>>;
}

/** The manifests of a project: one in a service's folder, or one in each folder of those that share one. */
export function manifestFiles(root: string): string[] {
  const services = join(root, 'services');
  const within = (folder: string): string[] => readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
  return within(services).flatMap((folder) => [folder, ...within(folder)]).map((folder) => join(folder, 'service.json')).filter((file) => existsSync(file));
}

/** The project's services: their manifests, and which bundle belongs to which. */
export class Services {
  private readonly manifests = new Map<string, ServiceManifest>();

  /** @param root folder with `services/` and `assets/` */
  constructor(private readonly root: string = PROJECT_ROOT) {
    for (const file of manifestFiles(root)) {
      try {
        const manifest = JSON.parse(readFileSync(file, 'utf8')) as ServiceManifest;
        this.manifests.set(manifest.name, manifest);
      } catch (error) {
        throw new LocalError(`${file} is not JSON (${messageOf(error)}).`);
      }
    }
  }

  /**
   * The service whose bundle a folder holds: an asset of the assembly is a copy of `assets/<name>`.
   *
   * @param path names the resource in messages
   * @param likely name that the service probably has
   */
  ofCode(folder: string, path: string, likely?: string): ServiceManifest {
    const code = readFile(join(folder, 'main.js'));
    if (!code) throw new LocalError(`${path} runs code without a main.js (${folder}); only the project's own services run here.`);
    const candidates = [...this.manifests].sort(([a], [b]) => Number(b === likely) - Number(a === likely));
    for (const [name, manifest] of candidates) {
      const bundle = readFile(join(this.root, 'assets', name, 'main.js'));
      if (bundle?.equals(code)) return manifest;
    }
    throw new LocalError(`${path} runs a main.js that none of assets/ holds, so the assembly is older than the bundles; run npx cdk synth --quiet.`);
  }
}

function readFile(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}
