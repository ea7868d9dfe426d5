import { join } from 'node:path';
import type { Context } from '../providers/provider';
import { childEnvironment, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { describeExit, launch, untilReady } from '../servers/process';

/** Starts one of the API gateways in a process of its own, and ends the platform when it ends by itself. */
export async function startGateway(context: Context, script: 'api-gateway.mts' | 'socket-gateway.mts', name: string, settings: object): Promise<void> {
  const child = launch({
    name,
    command: projectNode(),
    args: ['--disable-warning=ExperimentalWarning', join(__dirname, '..', 'servers', 'emulators', script), JSON.stringify(settings)],
    env: childEnvironment({ ...context.choices.environment, NODE_EXTRA_CA_CERTS: context.tls.bundleFile }),
    logFile: context.data.file('logs', `${name.replaceAll(' ', '-')}.log`),
    channel: true,
  });
  let listening = false;
  child.channel?.onMessage((message) => { if ((message as { listening?: true }).listening) listening = true; });
  let stopping = false;
  context.servers.push({ name, pid: child.pid });
  context.onStop('entrance', name, () => {
    stopping = true;
    return child.stop();
  });
  await untilReady(child, async () => listening);
  void child.exited.then((exit) => {
    if (!stopping) context.fail(new LocalError(`The ${name} ended by itself (${describeExit(exit)}); its last lines:\n${child.lastLines(5)}`));
  });
}

/** URL of the platform's own Lambda API. */
export async function controlUrl(context: Context): Promise<string> {
  return (await context.processEnvironment()).AWS_ENDPOINT_URL_LAMBDA;
}
