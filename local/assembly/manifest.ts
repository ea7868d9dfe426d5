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
}

/** The parts of `services/<name>/service.json` that running a service here needs. */
export interface ServiceManifest {
  readonly name: string;
  readonly kind: 'container' | 'function';
  readonly healthPath?: string;
  readonly environment: Readonly<Record<string, ManifestValue>>;
}

/** The project's services: their manifests, and which bundle belongs to which. */
export class Services {
  private readonly manifests = new Map<string, ServiceManifest>();

  /** @param root folder with `services/` and `assets/` */
  constructor(private readonly root: string = PROJECT_ROOT) {
    for (const name of readdirSync(join(root, 'services'))) {
      const file = join(root, 'services', name, 'service.json');
      if (!existsSync(file)) continue;
      try {
        this.manifests.set(name, JSON.parse(readFileSync(file, 'utf8')) as ServiceManifest);
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
