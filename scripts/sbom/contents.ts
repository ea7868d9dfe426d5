import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type Metafile } from 'esbuild';
import { bundleOptions } from '../lib/bundle-options.mjs';

/** A package of npm of which something is in a bundle. */
export interface Part {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  /** Digest of the tarball that the lock file asks for, as hexadecimal digits. */
  readonly sha512?: string;
}

interface Lock { readonly packages: Record<string, { readonly integrity?: string }> }

/** As the screen is built, as far as it decides what goes in. */
const SCREEN: BuildOptions = {
  bundle: true, format: 'esm', jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' }, outdir: '/', write: false, logLevel: 'error',
};

/** Finds out what is in bundles, by building them: code that the bundler left out is not in, whatever the lock file says. */
export class Contents {
  private readonly lock: Lock;

  constructor(private readonly root: string) {
    this.lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  }

  /** @param entry file below services/ that the bundle starts from */
  async ofService(entry: string): Promise<Part[]> {
    return this.parts({ ...bundleOptions, entryPoints: [join(this.root, 'services', entry)], outfile: 'main.js', write: false });
  }

  /** The trading screen; nothing where the project has none. */
  async ofScreen(): Promise<Part[]> {
    const entry = join(this.root, 'services', 'web', 'main.tsx');
    return existsSync(entry) ? this.parts({ ...SCREEN, entryPoints: [entry] }) : [];
  }

  private async parts(options: BuildOptions): Promise<Part[]> {
    const { metafile } = await build({ ...options, metafile: true, absWorkingDir: this.root });
    return packagesIn(metafile!).map((folder) => this.part(folder));
  }

  private part(folder: string): Part {
    const { name, version, license } = JSON.parse(readFileSync(join(this.root, folder, 'package.json'), 'utf8')) as Part & { license?: unknown };
    const integrity = this.lock.packages[folder]?.integrity;
    return {
      name,
      version,
      license: typeof license === 'string' ? license : undefined,
      sha512: integrity?.startsWith('sha512-') ? Buffer.from(integrity.slice(7), 'base64').toString('hex') : undefined,
    };
  }
}

/** Folders of the packages whose code is in an output, in order. */
export function packagesIn({ outputs }: Pick<Metafile, 'outputs'>): string[] {
  const folders = new Set<string>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];
      if (bytesInOutput > 0 && folder !== undefined) folders.add(folder);
    }
  }
  return [...folders].sort();
}
