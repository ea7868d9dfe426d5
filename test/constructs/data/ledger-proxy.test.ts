import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { LedgerCluster } from '../../../src/constructs/data/ledger-cluster';
import { LedgerProxy, type LedgerProxyProps } from '../../../src/constructs/data/ledger-proxy';
import { givenVpc, testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

function synthesised(props: Partial<LedgerProxyProps> = {}) {
  const stack = testStack();
  const vpc = givenVpc(stack);
  const ledger = new LedgerCluster(stack, 'Ledger', { vpc });
  const proxy = new LedgerProxy(stack, 'Proxy', { vpc, ledger, cluster: ledger.cluster, ...props });
  return { stack, ledger, proxy, template: Template.fromStack(stack) };
}

test('takes IAM tokens over TLS and signs in with IAM tokens itself: there is no password', () => {
  synthesised().template.hasResourceProperties('AWS::RDS::DBProxy', {
    EngineFamily: 'POSTGRESQL', RequireTLS: true, DefaultAuthScheme: 'IAM_AUTH', IdleClientTimeout: 1800, Auth: Match.absent(),
    VpcSubnetIds: [21, 22, 23].map((index) => `subnet-000000000000000${index}`),
  });
});

test('signs in as the users of the services and as nobody else', () => {
  const { stack, ledger, template } = synthesised({ users: ['api'] });
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: [{
        Effect: 'Allow', Action: 'rds-db:connect', Resource: { 'Fn::Join': ['', Match.arrayWith([stack.resolve(ledger.clusterResourceIdentifier), '/api'])] },
      }],
    },
  });
});

test('reaches the ledger, which lets it in by reference', () => {
  const { stack, ledger, proxy } = synthesised();
  const rules = Object.values(resourcesOf(stack)).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties);
  expect(rules).toHaveLength(2);
  expect(rules).toContainEqual(expect.objectContaining({
    GroupId: stack.resolve(ledger.securityGroup.securityGroupId),
    SourceSecurityGroupId: stack.resolve(proxy.securityGroup.securityGroupId),
    FromPort: 5433,
  }));
});

test('waits for the instances of the ledger', () => {
  const { template } = synthesised();
  const [proxy] = Object.values(template.findResources('AWS::RDS::DBProxy')) as Array<{ DependsOn?: string[] }>;
  expect(proxy.DependsOn).toEqual(expect.arrayContaining(Object.keys(template.findResources('AWS::RDS::DBInstance'))));
});

test('stands for the ledger: its own id, and endpoints for writes and for reads', () => {
  const { stack, proxy, template } = synthesised();
  const [id] = Object.keys(template.findResources('AWS::RDS::DBProxy'));
  expect(stack.resolve(proxy.clusterResourceIdentifier)).toEqual({ 'Fn::Select': [6, { 'Fn::Split': [':', { 'Fn::GetAtt': [id, 'DBProxyArn'] }] }] });
  expect(stack.resolve(proxy.writerEndpoint.hostname)).toEqual({ 'Fn::GetAtt': [id, 'Endpoint'] });
  template.hasResourceProperties('AWS::RDS::DBProxyEndpoint', { TargetRole: 'READ_ONLY', DBProxyEndpointName: Match.stringLikeRegexp('^[A-Za-z][A-Za-z0-9-]{0,62}$') });
  expect([proxy.writerEndpoint.port, proxy.readerEndpoint.port, proxy.connections.defaultPort?.toString(), proxy.databaseName]).toEqual([5432, 5432, '5432', 'trading']);
});

test('alarms when clients wait for a connection, and has the figures that say why', () => {
  const { stack, proxy } = synthesised();
  Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'DatabaseConnectionsBorrowLatency', Threshold: 1_000_000, EvaluationPeriods: 5, DatapointsToAlarm: 3 });
  expect([proxy.metricBorrowLatency(), proxy.metricClientConnections(), proxy.metricDatabaseConnections()].map(({ metricName }) => metricName))
    .toEqual(['DatabaseConnectionsBorrowLatency', 'ClientConnections', 'DatabaseConnections']);
});

test.each<[string, Partial<LedgerProxyProps>, RegExp]>([
  ['nobody who may come through', { users: [] }, /`users` must not be empty/],
  ['everybody who may come through', { users: ['*'] }, /`users` must name each user, got: \*/],
  ['more connections than there are', { maxConnectionsPercent: 101 }, /`maxConnectionsPercent` must be from 1 to 100, got: 101/],
  ['a client that may idle all day', { idleClientTimeout: Duration.hours(9) }, /`idleClientTimeout` must be from a second to eight hours/],
])('fails with %s', (_, props, message) => {
  expect(() => synthesised(props)).toThrow(message);
});
