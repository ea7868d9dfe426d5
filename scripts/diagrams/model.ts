import { serviceOf } from './services';
import { Assembly } from '../../local/assembly/load';
import type { Stack, TemplateResource, TemplateValue } from '../../local/assembly/model';
import { stackPaths } from '../lib/stack-paths';

/** A construct directly below a stack, with all resources below it: what a box stands for. */
export interface Group {
  /** Unique in the system: the stack's id and the construct's. */
  readonly id: string;
  readonly stack: Stack;
  readonly name: string;
  /** Type of each resource. */
  readonly types: readonly string[];
}

/** One group uses another. */
export interface Use {
  readonly from: Group;
  readonly to: Group;
  /** TCP ports that security groups open for it. */
  readonly ports: readonly number[];
}

/** A system as its templates have it. */
export interface SystemModel {
  readonly stacks: readonly { readonly stack: Stack; readonly path: string }[];
  readonly groups: readonly Group[];
  readonly uses: readonly Use[];
}

/** Everything is in the network, runs in a cluster, is encrypted, and logs: lines to those would hide the rest. */
const UNTOLD = /^AWS::(KMS|Logs|IAM|EC2|SNS|CloudWatch|Route53|ServiceDiscovery|ECS::(Cluster|CapacityProvider)|AutoScaling)(::|$)/;
export const LOG_BUCKETS = 'AccessLogs';
const WATCHING = /^AWS::CloudWatch::/;
const OVERSEEING = /^AWS::CloudWatch::(CompositeAlarm|Dashboard)$/;

/** Reads a synthesised system. @throws LocalError when the folder holds none */
export function systemModel(folder: string): SystemModel {
  const { stacks } = Assembly.load(folder, { standby: true });
  const paths = stackPaths(folder);
  const groups = new Map<string, { id: string; stack: Stack; name: string; types: string[] }>();
  const groupOfResource = new Map<string, string>();
  for (const stack of stacks) {
    const depth = paths.get(stack.id)!.split('/').length;
    for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {})) {
      const name = pathOf(resource)?.split('/')[depth];
      // CDK's own helpers below a stack have strange names and do nothing for a reader.
      if (name === undefined || /::|CustomResourceProvider/.test(name)) continue;
      const id = `${stack.id}/${name}`;
      const group = groups.get(id) ?? { id, stack, name, types: [] as string[] };
      group.types.push(resource.Type);
      groups.set(id, group);
      groupOfResource.set(`${stack.id}/${logicalId}`, id);
    }
  }
  joinAlarms(groups, groupOfResource);
  const finder = new UseFinder(stacks, (stack, logicalId) => groups.get(groupOfResource.get(`${stack.id}/${logicalId}`) ?? ''));
  return {
    stacks: stacks.map((stack) => ({ stack, path: paths.get(stack.id)! })),
    groups: [...groups.values()],
    uses: finder.find(),
  };
}

/** Alarms that stand alone in a stack share a box. */
function joinAlarms(groups: Map<string, { id: string; stack: Stack; name: string; types: string[] }>, groupOfResource: Map<string, string>): void {
  for (const group of [...groups.values()].filter(({ types }) => types.every((type) => type === 'AWS::CloudWatch::Alarm'))) {
    const id = `${group.stack.id}/MoreAlarms`;
    const joined = groups.get(id) ?? { id, stack: group.stack, name: 'MoreAlarms', types: [] };
    joined.types.push(...group.types);
    groups.set(id, joined);
    groups.delete(group.id);
    for (const [resource, of] of groupOfResource) if (of === group.id) groupOfResource.set(resource, id);
  }
}

function pathOf(resource: TemplateResource): string | undefined {
  return (resource as { Metadata?: Record<string, unknown> }).Metadata?.['aws:cdk:path'] as string | undefined;
}

/** A resource that something refers to. */
interface Target {
  readonly stack: Stack;
  readonly logicalId: string;
}

/** Finds what uses what: references, and what security groups let through. */
class UseFinder {
  private readonly uses = new Map<string, { from: Group; to: Group; ports: Set<number> }>();

  constructor(private readonly stacks: readonly Stack[], private readonly groupOf: (stack: Stack, logicalId: string) => Group | undefined) {}

  find(): Use[] {
    for (const stack of this.stacks) {
      for (const [logicalId, resource] of Object.entries(stack.template.Resources ?? {})) {
        const from = this.groupOf(stack, logicalId);
        if (from === undefined) continue;
        if (resource.Type === 'AWS::EC2::SecurityGroupEgress' || resource.Type === 'AWS::EC2::SecurityGroupIngress') this.addRule(stack, resource);
        else this.addReferences(stack, from, resource);
      }
    }
    return [...this.uses.values()].map(({ from, to, ports }) => ({ from, to, ports: [...ports].sort((a, b) => a - b) }))
      .sort((a, b) => `${a.from.id} ${a.to.id}`.localeCompare(`${b.from.id} ${b.to.id}`, 'en'));
  }

  private addReferences(stack: Stack, from: Group, resource: TemplateResource): void {
    // Every construct has alarms on what it uses; only those that exist to watch are told.
    if (WATCHING.test(resource.Type) && !from.types.some((type) => OVERSEEING.test(type))) return;
    for (const target of this.references(stack, resource.Properties ?? {})) {
      const type = target.stack.template.Resources?.[target.logicalId]?.Type ?? '';
      const to = this.groupOf(target.stack, target.logicalId);
      if (to === undefined || UNTOLD.test(type) || to.name === LOG_BUCKETS) continue;
      if (serviceOf(type).helper === true && !/^AWS::(Kinesis|Lambda|CloudFront|ApiGateway|ECS|ElasticLoadBalancingV2)/.test(type)) continue;
      // A service registers where it is called through: calls go the other way, and the security groups say so.
      if (resource.Type === 'AWS::ECS::Service' && type.startsWith('AWS::ElasticLoadBalancingV2::')) continue;
      this.add(from, to);
    }
  }

  private addRule(stack: Stack, { Type, Properties = {} }: TemplateResource): void {
    const isEgress = Type === 'AWS::EC2::SecurityGroupEgress';
    const near = this.references(stack, Properties.GroupId)[0];
    const far = this.references(stack, Properties[isEgress ? 'DestinationSecurityGroupId' : 'SourceSecurityGroupId'])[0];
    if (near === undefined || far === undefined) return;
    const [from, to] = (isEgress ? [near, far] : [far, near]).map((target) => this.groupOf(target.stack, target.logicalId));
    // The endpoints of the VPC are everybody's.
    if (from === undefined || to === undefined || to.types.includes('AWS::EC2::VPC')) return;
    this.add(from, to, typeof Properties.FromPort === 'number' ? Properties.FromPort : undefined);
  }

  private add(from: Group, to: Group, port?: number): void {
    if (from === to) return;
    const key = `${from.id} ${to.id}`;
    const use = this.uses.get(key) ?? { from, to, ports: new Set<number>() };
    if (port !== undefined) use.ports.add(port);
    this.uses.set(key, use);
  }

  /** Resources that a value refers to, through outputs of other stacks as well. */
  private references(stack: Stack, value: TemplateValue | undefined): Target[] {
    if (Array.isArray(value)) return value.flatMap((inner: TemplateValue) => this.references(stack, inner));
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, inner]): Target[] => {
      if (name === 'Ref') return this.target(stack, String(inner));
      if (name === 'Fn::GetAtt') return this.target(stack, String(Array.isArray(inner) ? inner[0] : inner).split('.')[0]);
      if (name === 'Fn::Sub') {
        const text = String(Array.isArray(inner) ? inner[0] : inner);
        return [...text.matchAll(/\$\{(\w+)(?:\.\w+)?\}/g)].flatMap(([, id]) => this.target(stack, id));
      }
      if (name === 'Fn::GetStackOutput') return this.output(inner as { StackName: string; OutputName: string; Region?: string });
      return this.references(stack, inner as TemplateValue);
    });
  }

  private target(stack: Stack, logicalId: string): Target[] {
    return stack.template.Resources?.[logicalId] === undefined ? [] : [{ stack, logicalId }];
  }

  private output({ StackName, OutputName, Region }: { StackName: string; OutputName: string; Region?: string }): Target[] {
    const named = this.stacks.filter(({ name }) => name === StackName);
    const stack = named.find(({ region }) => region === Region) ?? named[0];
    const output = stack?.template.Outputs?.[OutputName];
    return output === undefined ? [] : this.references(stack, output.Value);
  }
}
