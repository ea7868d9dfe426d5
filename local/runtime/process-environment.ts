import { localAddresses } from './api-ids';
import { discoveredAddresses } from './discovery';
import { generatedFeed, generatedRest } from './feed';
import { checkEnvironment } from '../assembly/environment-check';
import type { ServiceManifest } from '../assembly/manifest';
import type { Context } from '../providers/provider';

/** Outside parties that have a stand-in here. */
const EXTERNALS: Readonly<Record<string, (context: Context, environment: Readonly<Record<string, string>>) => Promise<string | undefined>>> = {
  'market-data-feed': async (context, environment) => (
    context.choices.feed === 'bybit' ? undefined : generatedFeed(context, environment.SYMBOLS ?? 'BTCUSDT,ETHUSDT')
  ),
  'market-data-rest': async (context) => (context.choices.feed === 'bybit' ? undefined : generatedRest(context)),
};

/**
 * The environment of a service's process: what its template says, checked against its manifest; then outside parties replaced by
 * their stand-ins, and the platform's own values added.
 *
 * @param where names the process in messages
 * @param port port that stands for the process's own network interface
 */
export async function processEnvironment(
  context: Context, manifest: ServiceManifest, template: Readonly<Record<string, string>>, where: string, port?: number,
): Promise<NodeJS.ProcessEnv> {
  checkEnvironment(manifest, template, where);
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(template)) environment[name] = await discoveredAddresses(context, await localAddresses(context, value));
  for (const [name, declared] of Object.entries(manifest.environment)) {
    if (declared.external !== undefined) {
      const replacement = await EXTERNALS[declared.external]?.(context, template);
      if (replacement !== undefined) environment[name] = replacement;
    }
    if (declared.kind === 'port' && port !== undefined) environment[name] = String(port);
    // Tasks have an interface each, here they share one: the system gives every process a free port, which its log tells.
    if (declared.kind === 'metricsAddress') environment[name] = '127.0.0.1:0';
  }
  // Nothing of this machine but what a process cannot do without: it would have nothing else in its container.
  const machine = Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  return { ...machine, ...environment, ...context.choices.environment, ...await context.processEnvironment() };
}
