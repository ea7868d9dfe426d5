import type { Context, Provided, Provider } from './provider';
import type { Resource } from '../assembly/model';
import type { Resolved } from '../assembly/resolve';
import { type GroupSettings, LoadBalancer, TargetGroup } from '../runtime/load-balancer';
import { physicalName } from '../runtime/names';
import { Store } from '../runtime/store';
import { LOCAL_ACCOUNT } from '../servers/emulator';
import { LocalError } from '../servers/errors';
import { isPortFree } from '../servers/ports';

/** A check every ten seconds is for a machine; a person waits for what is shown. */
const LONGEST_INTERVAL_MS = 2_000;

/**
 * Application load balancers: one process each, on one port, for the listener that forwards. It speaks HTTP, also for a listener
 * that has a certificate in AWS; a listener that only redirects to that one has nothing to do here.
 */
export const elasticLoadBalancing: Provider = {
  service: 'ElasticLoadBalancingV2',
  types: [
    'AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::ElasticLoadBalancingV2::TargetGroup', 'AWS::ElasticLoadBalancingV2::Listener',
    'AWS::ElasticLoadBalancingV2::ListenerRule',
  ],
  up: (resource, context) => {
    if (resource.type.endsWith('LoadBalancer')) return loadBalancer(resource, context);
    if (resource.type.endsWith('TargetGroup')) return targetGroup(resource, context);
    return resource.type.endsWith('Rule') ? arnOnly(resource, 'listener-rule') : listener(resource, context);
  },
};

function arn(resource: Resource, kind: string, name: string): string {
  return `arn:aws:elasticloadbalancing:${resource.stack.region}:${LOCAL_ACCOUNT}:${kind}/${name}/0000000000000000`;
}

async function arnOnly(resource: Resource, kind: string): Promise<Provided> {
  const ref = arn(resource, kind, physicalName(resource, undefined, { max: 64 }));
  return { ref, attributes: { RuleArn: ref, ListenerArn: ref } };
}

async function loadBalancer(resource: Resource, context: Context): Promise<Provided> {
  const type = await context.property(resource, 'Type') ?? 'application';
  if (type !== 'application') throw new LocalError(`${resource.path} is a ${String(type)} load balancer; only application load balancers run here.`);
  const name = physicalName(resource, await context.property(resource, 'Name'), { max: 32 });
  const { port: wanted } = context.choices;
  if (wanted !== undefined && !await isPortFree(wanted)) throw new LocalError(`Port ${wanted} is in use; choose another one with --port.`);
  const port = wanted ?? await context.ports.portFor(`load-balancer-${name}`);
  return {
    ref: arn(resource, 'loadbalancer/app', name),
    attributes: {
      'DNSName': `localhost:${port}`,
      'LoadBalancerName': name,
      'LoadBalancerFullName': `app/${name}/0000000000000000`,
      'CanonicalHostedZoneID': 'ZLOCAL',
      'LoadBalancerArn': arn(resource, 'loadbalancer/app', name),
      'local:port': port,
      'local:url': `http://localhost:${port}`,
    },
    note: `http://localhost:${port}`,
  };
}

async function targetGroup(resource: Resource, context: Context): Promise<Provided> {
  const name = physicalName(resource, await context.property(resource, 'Name'), { max: 32 });
  const number = async (property: string, fallback: number): Promise<number> => Number(await context.property(resource, property) ?? fallback);
  const attributes = keysAndValues(await context.property(resource, 'TargetGroupAttributes'));
  const ref = arn(resource, 'targetgroup', name);
  const settings: GroupSettings = {
    id: ref,
    healthPath: String(await context.property(resource, 'HealthCheckPath') ?? '/'),
    matcher: String(await context.property(resource, 'Matcher.HttpCode') ?? '200'),
    intervalMs: Math.min(await number('HealthCheckIntervalSeconds', 30) * 1_000, LONGEST_INTERVAL_MS),
    timeoutMs: await number('HealthCheckTimeoutSeconds', 5) * 1_000,
    healthyThreshold: await number('HealthyThresholdCount', 5),
    unhealthyThreshold: await number('UnhealthyThresholdCount', 2),
    leastOutstanding: attributes['load_balancing.algorithm.type'] === 'least_outstanding_requests',
    stickySeconds: attributes['stickiness.enabled'] === 'true' ? Number(attributes['stickiness.lb_cookie.duration_seconds'] ?? 86_400) : undefined,
  };
  context.targetGroups.add(ref, new TargetGroup(settings));
  return { ref, attributes: { TargetGroupArn: ref, TargetGroupName: name, TargetGroupFullName: `targetgroup/${name}/0000000000000000` } };
}

interface Action {
  readonly Type: string;
  readonly TargetGroupArn?: string;
  readonly ForwardConfig?: { readonly TargetGroups?: readonly { readonly TargetGroupArn: string }[] };
}

async function listener(resource: Resource, context: Context): Promise<Provided> {
  const name = physicalName(resource, undefined, { max: 64 });
  const ref = arn(resource, 'listener', name);
  const own = { ref, attributes: { ListenerArn: ref } };
  const rules = await rulesOf(resource, context);
  // What asks for the secret of a distribution lets everybody in here, where there is no distribution.
  const defaultGroup = forwardsTo(await context.property(resource, 'DefaultActions')) ?? rules.find(({ paths }) => paths.includes('/*'))?.group;
  if (defaultGroup === undefined) return { ...own, note: 'answers by itself in AWS; not served here' };

  const balancerArn = await context.property(resource, 'LoadBalancerArn');
  const [balancer] = (await Promise.all((await context.resourcesOfType('AWS::ElasticLoadBalancingV2::LoadBalancer')).map((one) => context.valuesOf(one))))
    .filter((one) => one.ref === balancerArn);
  if (!balancer) throw new LocalError(`${resource.path} belongs to a load balancer that is not in this assembly.`);
  const port = Number(balancer.attributes['local:port']);
  const groups = [...new Set([defaultGroup, ...rules.map((rule) => rule.group)])].map((id) => {
    const group = context.targetGroups.get(id);
    if (!group) throw new LocalError(`${resource.path} forwards to ${id}, which is not a target group of this assembly.`);
    return group;
  });
  const attributes = keysAndValues(await loadBalancerAttributes(context, String(balancerArn)));
  const settings = {
    port,
    idleSeconds: Number(attributes['idle_timeout.timeout_seconds'] ?? 60),
    defaultGroup,
    rules,
    groups: groups.map((group) => group.settings),
  };
  const start = (): Promise<LoadBalancer> => LoadBalancer.start(settings, groups, context.data.file('logs', 'load-balancer.log'));
  // Like a store it can be taken away for a while; its targets are told to the next one.
  const supervised = new Store('load balancer', await start(), (error) => context.fail(error), start);
  context.servers.push(supervised);
  context.onStop('entrance', 'load balancer', () => supervised.stop());
  return { ...own, note: `http://localhost:${port}` };
}

/** Path rules of a listener in the order of their priority. */
async function rulesOf(listenerResource: Resource, context: Context): Promise<{ paths: string[]; group: string; priority: number }[]> {
  const rules = [];
  for (const rule of await context.resourcesOfType('AWS::ElasticLoadBalancingV2::ListenerRule')) {
    // Compared by resource, not by value: the listener's own values are not there before it runs.
    const reference = rule.properties.ListenerArn as { Ref?: unknown } | undefined;
    if (rule.stack !== listenerResource.stack || reference?.Ref !== listenerResource.logicalId) continue;
    const group = forwardsTo(await context.property(rule, 'Actions'));
    const conditions = await context.property(rule, 'Conditions') as { Field: string; PathPatternConfig?: { Values: string[] }; Values?: string[] }[];
    const [condition] = conditions;
    if (group === undefined || conditions.length !== 1 || !['path-pattern', 'http-header'].includes(condition.Field)) {
      throw new LocalError(`${rule.path} is a rule that cannot be applied here; only path patterns and the header of a distribution that forward can.`);
    }
    rules.push({ paths: condition.Field === 'http-header' ? ['/*'] : condition.PathPatternConfig?.Values ?? condition.Values ?? [], group, priority: Number(await context.property(rule, 'Priority')) });
  }
  return rules.sort((a, b) => a.priority - b.priority);
}

function forwardsTo(actions: Resolved): string | undefined {
  const forward = (Array.isArray(actions) ? actions as unknown as Action[] : []).find((action) => action.Type === 'forward');
  return forward?.TargetGroupArn ?? forward?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
}

async function loadBalancerAttributes(context: Context, balancerArn: string): Promise<Resolved> {
  for (const resource of await context.resourcesOfType('AWS::ElasticLoadBalancingV2::LoadBalancer')) {
    if ((await context.valuesOf(resource)).ref === balancerArn) return context.property(resource, 'LoadBalancerAttributes');
  }
  return undefined;
}

function keysAndValues(list: Resolved): Record<string, string> {
  const items = (Array.isArray(list) ? list : []) as unknown as { Key: string; Value: string }[];
  return Object.fromEntries(items.map(({ Key, Value }) => [Key, Value]));
}
