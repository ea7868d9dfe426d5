/**
 * Deploys the systems to an emulator of AWS through the real CDK command line: `npm run deploy:emulated`. Opt-in: it needs Python and PyPI, and
 * says loudly what is missing. The result goes to docs/deploy-emulated.md when all systems were tried.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CdkCli } from './deploy-emulated/cli';
import { Emulator, Missing } from './deploy-emulated/emulator';
import { type SystemResult, systemSummary, writePage } from './deploy-emulated/report';
import { deployStack, type StackResult } from './deploy-emulated/stack-deployment';
import { stackPaths } from './lib/stack-paths';
import { Assembly } from '../local/assembly/load';
import type { Stack } from '../local/assembly/model';
import { prepareAssembly } from '../local/cli/assembly';
import { systemByName } from '../local/cli/systems';

/** What `cdk deploy --all` may take; a stack of it that waits for ever is looked at by itself. */
const ALL_LIMIT_MS = 300_000;
const SYSTEMS = ['ServerlessSimulator', 'RealtimeSimulator', 'RetailExchange', 'GatewayExchange', 'MultiRegionExchange'];
const USAGE = `Deploys the systems to an emulator of AWS (ministack, from PyPI) by cdk bootstrap and cdk deploy: npm run deploy:emulated -- [options]

  --system <class>  only this one; docs/deploy-emulated.md is then left as it is
  --no-synth        takes the assemblies as they are
  --json            one line of JSON at the end
  --help            this text`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function deploySystem(name: string, synth: boolean, emulator: Emulator, scratch: string, unknown: Set<string>): Promise<SystemResult> {
  const folder = join(scratch, name);
  const system = systemByName(name);
  cpSync(synth ? await prepareAssembly(system, say) : system.assembly, folder, { recursive: true });
  const stacks = inOrder(everyStack(folder));
  const paths = stackPaths(folder);
  await emulator.reset();
  const cli = new CdkCli(emulator.url, scratch);
  const regions = [...new Set(stacks.map(({ region }) => region))];
  say(`${name}: bootstrapping ${regions.join(', ')}`);
  const bootstrap = await cli.run(['bootstrap', ...regions.map((region) => `aws://000000000000/${region}`), '--app', folder]);
  if (!bootstrap.ok) throw new Error(`cdk bootstrap failed:\n${bootstrap.output.trim().split('\n').slice(-10).join('\n')}`);
  // Exactly what a user types: it ends at the first stack that fails.
  say(`${name}: cdk deploy --all`);
  const all = await cli.run(['deploy', '--all', '--app', folder, '--require-approval', 'never', '--progress', 'events'], undefined, ALL_LIMIT_MS);
  const results: StackResult[] = [];
  for (const [index, stack] of stacks.entries()) {
    const heading = `${name}: stack ${index + 1} of ${stacks.length}, ${stack.name} in ${stack.region}`;
    say(heading);
    const failed = (error: Error): StackResult => (
      { stack: stack.name, resources: 0, complete: false, completeWithout: false, refused: [], lookedUp: 0, failure: error.message.split('\n')[0] });
    const result = await deployStack(cli, folder, stack, paths.get(stack.id)!, unknown, emulator, say).catch(failed);
    say(`  ${verdict(result)}`);
    results.push(result);
  }
  return { system: name, deployAll: all.ok, stacks: results };
}

function verdict({ complete, completeWithout, refused, failure }: StackResult): string {
  if (complete) return 'complete';
  return completeWithout ? `complete without ${refused.length} resources that the emulator refuses` : `failed: ${failure ?? ''}`;
}

/** With those that wait in another region, which a run on one machine leaves out. */
function everyStack(folder: string): readonly Stack[] {
  return Assembly.load(folder, { standby: true }).stacks;
}

/** Each after those that it depends on. */
function inOrder(stacks: readonly Stack[]): Stack[] {
  const ordered: Stack[] = [];
  const visit = (stack: Stack): void => {
    if (ordered.includes(stack)) return;
    for (const id of stack.dependencies) visit(stacks.find((other) => other.id === id)!);
    ordered.push(stack);
  };
  for (const stack of stacks) visit(stack);
  return ordered;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      system: { type: 'string' }, synth: { type: 'boolean', default: true }, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const names = values.system === undefined ? SYSTEMS : [systemByName(values.system).name];
  const emulator = await Emulator.start();
  const scratch = mkdtempSync(join(tmpdir(), 'deploy-emulated-'));
  const unknown = new Set<string>();
  try {
    const results: SystemResult[] = [];
    for (const name of names) results.push(await deploySystem(name, values.synth, emulator, scratch, unknown));
    for (const result of results) console.log(systemSummary(result));
    if (values.system === undefined) writePage(results, [...unknown].sort());
    if (values.json) console.log(JSON.stringify({ unknownTypes: [...unknown].sort(), systems: results }));
    return 0;
  } finally {
    emulator.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

// Whoever ends this program ends what it started.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

main().then((code) => process.exit(code), (error: unknown) => {
  if (error instanceof Missing) console.error(`SKIPPED: nothing was deployed. ${error.message}`);
  else console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
