import { CfnWaitConditionHandle, RemovalPolicy, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { PublicEndpoint, RealtimeSimulator } from '../../src';
import { testApp } from '../support/apps';
import { simulator, stacksOf } from '../support/simulator';
import { environmentOf, resourcesOf } from '../support/templates';

const system = simulator();
const stacks = stacksOf(system);

test('is six stacks in us-east-1 of an open account', () => {
  expect(Object.values(stacks).map(({ stackName, environment }) => `${stackName} ${environment}`)).toEqual([
    'RealtimeSimulator-Network aws://unknown-account/us-east-1',
    'RealtimeSimulator-Data aws://unknown-account/us-east-1',
    'RealtimeSimulator-Application aws://unknown-account/us-east-1',
    'RealtimeSimulator-Simulation aws://unknown-account/us-east-1',
    'RealtimeSimulator-Edge aws://unknown-account/us-east-1',
    'RealtimeSimulator-Operations aws://unknown-account/us-east-1',
  ]);
});

test('tells where the site is and how to sign in', () => {
  Template.fromStack(system.edge).hasOutput('SiteUrl', { Value: { 'Fn::Join': ['', ['https://', Match.anyValue()]] } });
  Template.fromStack(system.data).hasOutput('UserPoolId', {});
  Template.fromStack(system.data).hasOutput('UserPoolClientId', {});
});

test('refers between stacks weakly: no export stops an update, no custom resource carries a value', () => {
  for (const stack of Object.values(stacks)) {
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).not.toContain('"Export"');
    expect(text).not.toContain('Custom::CrossRegionExport');
  }
  expect(JSON.stringify(Template.fromStack(system.application).toJSON())).toContain('Fn::GetStackOutput');
});

test('keeps state in one stack only', () => {
  const stateful = ['AWS::RDS::DBCluster', 'AWS::Kinesis::Stream', 'AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::Cognito::UserPool', 'AWS::SecretsManager::Secret', 'AWS::KMS::Key'];
  for (const [name, stack] of Object.entries(stacks).filter(([id]) => id !== 'Data')) {
    // A key that encrypts nothing but the logs beside it belongs there, not to the data; so do notices of runs that failed.
    const found = Object.entries(resourcesOf(stack)).filter(([id, { Properties }]) => !String(Properties?.Description).startsWith('Logs of ') && !id.includes('Failures'))
      .map(([, { Type }]) => Type).filter((type) => stateful.includes(type));
    expect({ name, found }).toEqual({ name, found: [] });
  }
});

test('runs the setup before what needs it and tells it the instruments', () => {
  const resources = resourcesOf(system.application);
  const setup = Object.values(resources).find(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Description === 'Service setup');
  const instruments = JSON.parse(environmentOf(setup!).INSTRUMENTS as string) as unknown[];
  expect(instruments).toEqual([
    { symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1 },
    { symbol: 'ETHUSDT', base: { code: 'ETH', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.01', lotSize: '0.001', version: 1 },
  ]);
  const [trigger] = Object.keys(resources).filter((id) => resources[id].Type === 'Custom::Trigger');
  const waiting = Object.values(resources).filter(({ DependsOn }) => DependsOn?.includes(trigger)).map(({ Type }) => Type);
  expect(waiting.filter((type) => type === 'AWS::ECS::Service')).toHaveLength(3);
  expect(waiting).toContain('AWS::Lambda::EventSourceMapping');
});

test('is reached through CloudFront and a web ACL only', () => {
  const edge = Template.fromStack(system.edge);
  edge.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({
      WebACLId: Match.anyValue(),
      Origins: [Match.objectLike({ VpcOriginConfig: Match.anyValue() })],
      DefaultCacheBehavior: Match.objectLike({ ViewerProtocolPolicy: 'redirect-to-https' }),
      Logging: Match.anyValue(),
    }),
  });
  edge.hasResourceProperties('AWS::CloudFront::VpcOrigin', { VpcOriginEndpointConfig: Match.objectLike({ OriginProtocolPolicy: 'http-only' }) });
  const application = Template.fromStack(system.application);
  application.allResourcesProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  application.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { SourcePrefixListId: 'pl-3b927c52', FromPort: 80 });
});

test('opens no security group to addresses', () => {
  for (const stack of Object.values(stacks)) {
    const groups = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroup' || Type === 'AWS::EC2::SecurityGroupIngress');
    for (const { Type, Properties } of groups) {
      expect(Type === 'AWS::EC2::SecurityGroup' ? Properties.SecurityGroupIngress : Properties.CidrIp).toBeUndefined();
    }
  }
});

test('lets only the streamer call the internet, on TCP 443', () => {
  const open = Object.values(resourcesOf(system.application))
    .filter(({ Type, Properties }) => Type === 'AWS::EC2::SecurityGroup' && JSON.stringify(Properties).includes('0.0.0.0/0'));
  expect(open.map(({ Properties }) => [Properties.GroupDescription, Properties.SecurityGroupEgress])).toEqual([
    ['Service streamer', [{ CidrIp: '0.0.0.0/0', Description: 'streamer calls the internet', FromPort: 443, IpProtocol: 'tcp', ToPort: 443 }]],
  ]);
});

test('has TLS up to the load balancer at a name of its own, also from another region', () => {
  const app = testApp();
  const zones = new Stack(app, 'Zones', { env: { region: 'us-east-1' } });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(zones, 'Zone', { hostedZoneId: 'Z0789473A6S6HO6JIQO1', zoneName: 'example.com' });
  const west = new RealtimeSimulator(app, 'West', {
    env: { region: 'us-west-2' }, endpoint: PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone }),
  });
  const application = Template.fromStack(west.application);
  application.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'trade.example.com', ValidationMethod: 'DNS' });
  application.hasResourceProperties('AWS::ElasticLoadBalancingV2::Listener', { Protocol: 'HTTPS', Port: 443 });
  application.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { SourcePrefixListId: 'pl-82a045eb', FromPort: 443 });
  const edge = Template.fromStack(west.edge);
  expect(west.edge.region).toBe('us-east-1');
  edge.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'trade.example.com' });
  edge.hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: Match.objectLike({ Aliases: ['trade.example.com'], ViewerCertificate: Match.objectLike({ MinimumProtocolVersion: 'TLSv1.2_2021' }) }),
  });
  edge.hasResourceProperties('AWS::CloudFront::VpcOrigin', {
    VpcOriginEndpointConfig: Match.objectLike({ OriginProtocolPolicy: 'https-only', Arn: { 'Fn::GetStackOutput': Match.objectLike({ Region: 'us-west-2' }) } }),
  });
  edge.resourceCountIs('AWS::Route53::RecordSet', 2);
  edge.hasOutput('SiteUrl', { Value: 'https://trade.example.com' });
});

test('fails in another region when CloudFront\'s certificate would be the only one', () => {
  const certificate = acm.Certificate.fromCertificateArn(new Stack(testApp()), 'Given', 'arn:aws:acm:us-east-1:111111111111:certificate/1234');
  const endpoint = PublicEndpoint.customDomain({ domainName: 'trade.example.com', certificate });
  expect(() => simulator({ endpoint, env: { region: 'us-west-2' } })).toThrow(/us-west-2 cannot use CloudFront's certificate.*`originCertificate` or `hostedZone`/);
});

test('lives in a VPC of its user, and makes no stack for it', () => {
  const app = testApp();
  const mine = new Stack(app, 'Mine', { env: { region: 'us-east-1' } });
  const vpc = new ec2.Vpc(mine, 'Vpc', { availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'] });
  const own = new RealtimeSimulator(app, 'Own', { vpc });
  expect(own.networkStack).toBeUndefined();
  expect(Object.keys(stacksOf(own))).toEqual(['Data', 'Application', 'Simulation', 'Edge', 'Operations']);
  Template.fromStack(own.application).resourceCountIs('AWS::ECS::Service', 4);
});

test('can be put into a stage, and thrown away when that is said', () => {
  const app = testApp();
  const stage = new Stage(app, 'Trial');
  const trial = new RealtimeSimulator(stage, 'Simulator', { removalPolicy: RemovalPolicy.DESTROY });
  new CfnWaitConditionHandle(new Stack(app, 'Other'), 'Handle');
  expect(trial.data.stackName).toBe('Trial-Simulator-Data');
  const kept = Object.entries(resourcesOf(trial.data)).filter(([, { DeletionPolicy }]) => DeletionPolicy === 'Retain').map(([id]) => id);
  expect(kept).toEqual([]);
});
