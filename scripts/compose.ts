/**
 * Writes a docker-compose.yml for a synthesised system, for those who have Docker: `npm run compose [-- --system <class>]`. It goes to a folder
 * that git ignores, with the secrets in files beside it.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';
import { compose } from './compose/composition';
import { root } from './lib/processes';
import { prepareAssembly } from '../local/cli/assembly';
import { DEFAULT_SYSTEM, systemByName } from '../local/cli/systems';

/** Docker reads YAML in which `no` is no text, and people read a file without anchors. */
export const STYLE = { lineWidth: 0, version: '1.1', aliasDuplicateObjects: false } as const;

const USAGE = `Writes a docker-compose.yml from the synthesised assembly of a system: npm run compose -- [options]

  --system <class>  which system (default: ${DEFAULT_SYSTEM})
  --no-synth        takes the assembly as it is
  --help            this text`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: { system: { type: 'string', default: DEFAULT_SYSTEM }, synth: { type: 'boolean', default: true }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return console.log(USAGE);
  const system = systemByName(values.system);
  const assembly = values.synth ? await prepareAssembly(system, (what) => console.error(what)) : system.assembly;
  const folder = join(root, '.local.compose', basename(system.app, '.ts'));
  mkdirSync(folder, { recursive: true });
  const kept = join(folder, 'secrets.json');
  const secrets = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) as Record<string, string> : {};
  const { file, files } = await compose(assembly, system.name, folder, secrets);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  const path = join(folder, 'docker-compose.yml');
  writeFileSync(path, `# From the assembly of ${system.name} by npm run compose; not to be edited.\n${stringify(file, STYLE)}`);
  console.log(`${relative(root, path)}: ${Object.keys(file.services).length} services. Start it with docker compose -f ${relative(root, path)} up`);
  const left = Object.entries(file['x-left-out']).map(([type, count]) => `${type} ×${count}`);
  if (left.length > 0) console.log(`Without containers: ${left.join(', ')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
