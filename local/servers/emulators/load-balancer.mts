import { createServer } from 'node:http';
import type { GroupSettings, LoadBalancerMessage, LoadBalancerSettings } from './load-balancer-messages';
import { proxyRequest, proxyUpgrade } from './proxy.mts';
import { HealthChecks } from './target-health.mts';
import './loopback.mts';

// One application load balancer. Argument: its settings as JSON; targets come and go over the channel, and their state goes
// back over it.
const settings = JSON.parse(process.argv[2]) as LoadBalancerSettings;
const groups = new Map<string, HealthChecks>();

function group(of: GroupSettings): HealthChecks {
  let checks = groups.get(of.id);
  if (!checks) {
    checks = new HealthChecks(of, (target, state) => process.send?.({ group: of.id, target, state }));
    groups.set(of.id, checks);
  }
  return checks;
}

for (const one of settings.groups) group(one);

/** The first rule whose path pattern fits, else the default. */
function route(url: string): HealthChecks {
  const path = url.split('?', 1)[0];
  const rule = settings.rules.find(({ paths }) => paths.some((pattern) => fits(pattern, path)));
  return groups.get(rule?.group ?? settings.defaultGroup) as HealthChecks;
}

// `*` is any text, `?` any character, as in the rules of a load balancer.
function fits(pattern: string, path: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(path);
}

const server = createServer({ keepAliveTimeout: settings.idleSeconds * 1_000, requestTimeout: 0 }, (request, response) => {
  // Whoever has gone by the end of this turn waits for nothing: after a pause, requests that nobody awaits would keep those out that somebody does.
  setImmediate(() => {
    if (!request.destroyed && !response.destroyed) proxyRequest(request, response, route(request.url ?? '/'), settings.port);
  });
});
server.on('upgrade', (request, socket, head) => proxyUpgrade(request, socket, head, route(request.url ?? '/'), settings));
server.listen(settings.port, '127.0.0.1', () => process.send?.({ listening: true }));

process.on('message', (message: LoadBalancerMessage) => {
  const checks = groups.get(message.group);
  if (message.register) checks?.register(message.register);
  if (message.deregister) checks?.deregister(message.deregister);
});
process.on('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  process.exit(0);
});
