import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { PROJECT_ROOT } from '../../local/servers/environment';
import { DrillError } from '../drill/fault';

/** A project and an assembly of it whose API loses orders. */
export interface BrokenVariant {
  readonly project: string;
  readonly assembly: string;
  /** Removes both. */
  remove(): void;
}

const SERVICE = 'reference-api';
const WRITER = /\/kinesis-writer$/;

/** Every import of the journal's writer leads to the broken one, except its own. */
const EARLY_WRITER: Plugin = {
  name: 'early-writer',
  setup: (bundler) => {
    bundler.onResolve({ filter: WRITER }, ({ importer }) => (
      importer === join(__dirname, 'early-writer.ts') ? undefined : { path: join(__dirname, 'early-writer.ts') }));
  },
};

/**
 * Builds the shipped API once more with one module replaced, and puts it into a copy of the assembly. Nothing of it is in a folder that is
 * shipped or run otherwise.
 *
 * @param assembly the cloud assembly of the system as it is
 */
export async function brokenVariant(assembly: string): Promise<BrokenVariant> {
  const folder = mkdtempSync(join(tmpdir(), 'drill-broken-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const project = join(folder, 'project');
    const assets = join(project, 'assets');
    mkdirSync(assets, { recursive: true });
    symlinkSync(join(PROJECT_ROOT, 'services'), join(project, 'services'));
    for (const name of readdirSync(join(PROJECT_ROOT, 'assets'))) {
      if (name !== SERVICE) symlinkSync(join(PROJECT_ROOT, 'assets', name), join(assets, name));
    }
    const bundle = join(assets, SERVICE, 'main.js');
    await bundleApi(bundle);
    const copy = join(folder, 'assembly');
    cpSync(assembly, copy, { recursive: true });
    const shipped = readFileSync(join(PROJECT_ROOT, 'assets', SERVICE, 'main.js'));
    const places = readdirSync(copy).map((name) => join(copy, name, 'main.js')).filter((file) => (
      dirname(file).includes('asset.') && readIfThere(file)?.equals(shipped)));
    if (places.length === 0) throw new DrillError(`${assembly} does not run the ${SERVICE} of this project, so no broken one can take its place`);
    for (const file of places) cpSync(bundle, file);
    return { project, assembly: copy, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

async function bundleApi(outfile: string): Promise<void> {
  const { metafile } = await build({
    entryPoints: [join(PROJECT_ROOT, 'services', SERVICE, 'main.ts')],
    outfile, bundle: true, platform: 'node', target: 'node22', format: 'cjs', mainFields: ['main', 'module'], keepNames: true, logLevel: 'error',
    external: ['pg-native', 'bufferutil', 'utf-8-validate'],
    // As the shipped bundle: some packages ask where they are, and one has a build that carries its WebAssembly in itself.
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: 'var importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    alias: { '@platformatic/wasm-utils': join(dirname(require.resolve('@platformatic/wasm-utils')), 'bundled.js') },
    plugins: [EARLY_WRITER], metafile: true,
  });
  // If the service ever gets its writer from elsewhere, this variant would be as good as the real one, and prove nothing.
  if (!Object.keys(metafile.inputs).some((file) => file.endsWith('broken/early-writer.ts'))) {
    throw new DrillError(`${SERVICE} no longer imports the journal's writer; the broken variant cannot be built`);
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}
