/** What holds for every system: who is let in from where, which way leads out, and what no role may exceed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FORMS } from '../../scripts/compliance/forms';
import { testApp } from '../support/apps';
import { Resource } from '../support/templates';

type Resources = Record<string, Resource>;

/** One form of each system: the others have the same parts, more or fewer of them. */
const CHOSEN: Record<string, string> = {
  ServerlessSimulator: 'Scale, containers and PostgreSQL',
  RealtimeSimulator: 'Own domain',
  MultiRegionExchange: 'us-east-1 and us-west-2',
  GatewayExchange: '500 requests/s',
  RetailExchange: 'One region',
};

function templatesOf(system: string): Resources[] {
  const app = testApp();
  FORMS[system][CHOSEN[system]](app);
  const { directory } = app.synth();
  return readdirSync(directory).filter((name) => name.endsWith('.template.json'))
    .map((name) => (JSON.parse(readFileSync(join(directory, name), 'utf8')) as { Resources: Resources }).Resources);
}

interface Rule {
  CidrIp?: string;
  CidrIpv6?: string;
  SourceSecurityGroupId?: unknown;
  SourcePrefixListId?: unknown;
  IpProtocol: string;
}

/** Every rule that lets something in, with the logical id of its group. */
function rulesIn(resources: Resources): Array<Rule & { group: string }> {
  return Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const inline = (Properties?.SecurityGroupIngress as Rule[] | undefined) ?? [];
    if (Type === 'AWS::EC2::SecurityGroup') return inline.map((rule) => ({ ...rule, group: id }));
    if (Type === 'AWS::EC2::SecurityGroupIngress') return [{ ...(Properties as unknown as Rule), group: JSON.stringify(Properties.GroupId) }];
    return [];
  });
}

const ofType = (resources: Resources, ...types: string[]): Array<[string, Resource]> =>
  Object.entries(resources).filter(([, { Type }]) => types.includes(Type));

describe.each(Object.keys(CHOSEN))('%s', (system) => {
  let made: Resources[] | undefined;
  const templates = () => made ??= templatesOf(system);

  test('the only ways in from addresses are those of the edge: everything else names a group or a list of AWS', () => {
    const rules = templates().flatMap(rulesIn);
    expect(rules.filter(({ CidrIp, CidrIpv6 }) => CidrIp !== undefined || CidrIpv6 !== undefined)).toEqual([]);
    const unnamed = rules.filter(({ SourceSecurityGroupId, SourcePrefixListId }) => (SourceSecurityGroupId ?? SourcePrefixListId) === undefined);
    expect(unnamed).toEqual([]);
  });

  test('data stores are reached from security groups alone, at their own port', () => {
    for (const resources of templates()) {
      const stores = ofType(resources, 'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::ElastiCache::ReplicationGroup', 'AWS::AmazonMQ::Broker');
      const groups = stores.flatMap(([, { Properties: { VpcSecurityGroupIds, VPCSecurityGroups, SecurityGroupIds, SecurityGroups } }]) =>
        [...JSON.stringify([VpcSecurityGroupIds, VPCSecurityGroups, SecurityGroupIds, SecurityGroups]).matchAll(/"Fn::GetAtt":\["(\w+)","GroupId"\]/g)].map(([, id]) => id));
      for (const rule of rulesIn(resources).filter(({ group }) => groups.some((id) => group.includes(id)))) {
        expect(rule.SourceSecurityGroupId).toBeDefined();
        expect(rule.IpProtocol).toBe('tcp');
      }
    }
  });

  test('no route leads from the subnets of data to the internet', () => {
    for (const resources of templates()) {
      const associations = ofType(resources, 'AWS::EC2::SubnetRouteTableAssociation')
        .filter(([, { Properties }]) => /isolated/i.test(JSON.stringify(Properties.SubnetId)));
      const tables = associations.map(([, { Properties }]) => JSON.stringify(Properties.RouteTableId));
      const routes = ofType(resources, 'AWS::EC2::Route')
        .filter(([, { Properties }]) => tables.includes(JSON.stringify(Properties.RouteTableId)));
      expect(routes).toEqual([]);
      for (const [, { Properties }] of ofType(resources, 'AWS::RDS::DBSubnetGroup', 'AWS::ElastiCache::SubnetGroup')) {
        for (const subnet of Properties.SubnetIds as unknown[]) expect(JSON.stringify(subnet)).toMatch(/isolated/i);
      }
    }
  });

  test('a listener for plain HTTP redirects, where there is a certificate', () => {
    for (const resources of templates()) {
      const listeners = ofType(resources, 'AWS::ElasticLoadBalancingV2::Listener').map(([, { Properties }]) => Properties);
      if (!listeners.some(({ Protocol }) => Protocol === 'HTTPS')) continue;
      for (const { DefaultActions } of listeners.filter(({ Protocol }) => Protocol === 'HTTP')) {
        expect((DefaultActions as Array<{ Type: string }>).map(({ Type }) => Type)).toEqual(['redirect']);
      }
    }
  });

  test('every role has a permissions boundary', () => {
    for (const resources of templates()) {
      expect(ofType(resources, 'AWS::IAM::Role').filter(([, { Properties }]) => Properties.PermissionsBoundary === undefined).map(([id]) => id)).toEqual([]);
    }
  });

  test('only services of AWS may hand on the use of a key', () => {
    for (const [, { Properties }] of templates().flatMap((resources) => ofType(resources, 'AWS::KMS::Key'))) {
      expect(JSON.stringify(Properties.KeyPolicy)).toContain('"Sid":"GrantsByServicesOfAwsOnly"');
    }
  });
});
