import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { RunnableSystem } from './systems';
import { manifestFiles } from '../assembly/manifest';
import { withBuildLock } from '../runtime/build-lock';
import { childEnvironment, PROJECT_ROOT, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';


/** What the bundles and the assembly are made of. */
const BUNDLE_INPUTS = ['services', 'scripts/bundle.mjs', 'scripts/bundle-web.mjs', 'package-lock.json'];
const SYNTH_INPUTS = ['src', 'examples', 'assets', 'cdk.json', 'package-lock.json'];

/**
 * Bundles the services and synthesises a system's app when what they are made of has changed since the last time.
 *
 * @param say told what is being done
 * @throws LocalError when one of them fails, with the end of its output
 */
export function prepareAssembly(system: RunnableSystem, say: (what: string) => void): Promise<string> {
  // Says of what the assembly was made.
  const stamp = join(system.assembly, '.inputs');
  return withBuildLock(async () => {
    if (bundlesAreStale()) {
      say('bundling the services');
      await run('Bundling the services', [join(PROJECT_ROOT, 'scripts', 'bundle.mjs')]);
    }
    const inputs = fingerprint([...SYNTH_INPUTS, system.app]);
    if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs) {
      say('synthesising the app');
      await synthesise(system);
      writeFileSync(stamp, inputs);
    }
    return system.assembly;
  });
}

async function synthesise({ app, assembly }: RunnableSystem): Promise<void> {
  // Beside it first: an assembly that is being written is not yet one.
  const fresh = join(PROJECT_ROOT, 'node_modules', '.cache', 'cdk-trading-platform', basename(assembly));
  rmSync(fresh, { recursive: true, force: true });
  const cli = join(PROJECT_ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  await run('Synthesising the app', [cli, 'synth', '--app', `tsx ${app}`, '--quiet', '--no-notices', '--no-version-reporting', '--output', fresh], {
    // CloudFormation's own validation belongs to tests and deployments; here it would triple the time.
    CDK_VALIDATION: 'false',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  });
  rmSync(assembly, { recursive: true, force: true });
  renameSync(fresh, assembly);
}

function run(what: string, args: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const path = `${join(PROJECT_ROOT, 'node_modules', '.bin')}:${join(PROJECT_ROOT, 'node_modules', 'node', 'bin')}:${process.env.PATH ?? ''}`;
  return new Promise((resolve, reject) => {
    const options = { cwd: PROJECT_ROOT, env: childEnvironment({ PATH: path, ...env }), maxBuffer: 64 << 20 };
    execFile(projectNode(), [...args], options, (error, stdout, stderr) => {
      if (!error) return resolve();
      const words = `${stderr.trim()}\n${stdout.trim()}`.trim().split('\n').slice(-25).join('\n');
      reject(new LocalError(`${what} failed:\n${words}`));
    });
  });
}

/** Whether a bundle is missing or older than anything that it is made of. */
function bundlesAreStale(): boolean {
  const services = join(PROJECT_ROOT, 'services');
  const names = manifestFiles(PROJECT_ROOT).map((file) => relative(services, dirname(file)).replaceAll(sep, '-'));
  const bundles = names.map((name) => join(PROJECT_ROOT, 'assets', name, 'main.js'));
  if (!bundles.every((bundle) => existsSync(bundle))) return true;
  const oldest = Math.min(...bundles.map((bundle) => statSync(bundle).mtimeMs));
  return files(BUNDLE_INPUTS).some((file) => statSync(file).mtimeMs > oldest);
}

/** Changes when a file appears, disappears, or is written. */
function fingerprint(inputs: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files(inputs)) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(PROJECT_ROOT, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** All files below the inputs but tests, sorted. */
function files(inputs: readonly string[]): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) return void (/\.test\.ts$/.test(path) || found.includes(path) || found.push(path));
    for (const name of readdirSync(path)) visit(join(path, name));
  };
  for (const input of inputs) visit(join(PROJECT_ROOT, input));
  return found.sort();
}
