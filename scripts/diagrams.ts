/**
 * Draws the stacks of the systems from their synthesised assemblies into docs/images/stacks: `npm run diagrams [-- --system <class>]`. With
 * `--no-synth` the assemblies are taken as they are.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { diagramsOf } from './diagrams/render';
import { root, step } from './lib/processes';
import { prepareAssembly } from '../local/cli/assembly';
import { systemByName } from '../local/cli/systems';

const SYSTEMS = ['ServerlessSimulator', 'RealtimeSimulator', 'MultiRegionExchange', 'GatewayExchange', 'RetailExchange'];

async function main(): Promise<void> {
  const { values } = parseArgs({ allowNegative: true, options: { system: { type: 'string' }, synth: { type: 'boolean', default: true } } });
  for (const name of values.system === undefined ? SYSTEMS : [values.system]) {
    const system = systemByName(name);
    const folder = join(root, 'docs', 'images', 'stacks', basename(system.app, '.ts'));
    const assembly = values.synth ? await prepareAssembly(system, (what) => console.error(`${name}: ${what}`)) : system.assembly;
    const drawings = await step(`drawing ${name}`, () => diagramsOf(assembly, name));
    mkdirSync(folder, { recursive: true });
    // A stack that is no more leaves no picture behind.
    for (const old of existsSync(folder) ? readdirSync(folder) : []) if (!drawings.has(old)) rmSync(join(folder, old));
    for (const [file, svg] of drawings) writeFileSync(join(folder, file), svg);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
