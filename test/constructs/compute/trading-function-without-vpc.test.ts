import { Match, Template } from 'aws-cdk-lib/assertions';
import { LeaseTable, ServiceDefinition, TradingFunction } from '../../../src';
import { testStack } from '../../support/apps';
import { platform, settlementDefinition } from '../../support/platform';

const given = testStack();
const table = new LeaseTable(given, 'Table').table;
const definition = ServiceDefinition.serverlessApi({ instruments: '[]', groups: ['trades'], tradesTable: table });
const fn = new TradingFunction(given, 'Function', { definition });

test('it has no network of its own and may not make network interfaces', () => {
  const template = Template.fromStack(given);
  template.hasResourceProperties('AWS::Lambda::Function', { VpcConfig: Match.absent(), Description: 'Service serverless-api' });
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('NetworkInterface');
  template.resourceCountIs('AWS::EC2::SecurityGroup', 0);
  expect(fn.securityGroup).toBeUndefined();
});

test('an optional value that is given brings its permission, the index of a table too; one that is not brings neither', () => {
  const statements = JSON.stringify(Template.fromStack(given).findResources('AWS::IAM::Policy'));
  expect(statements).toContain('/index/bySymbol');
  expect(statements).not.toContain('sqs:');
  Template.fromStack(given).hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ TRADES_TABLE: Match.anyValue(), LIGHT_QUEUE: Match.absent() }) } });
});

test('fails when it needs a network or names parts of one', () => {
  const needy = platform();
  expect(() => new TradingFunction(needy.stack, 'Bad', { definition: settlementDefinition(needy) })).toThrow(/`vpc` must be given: 'settlement' connects to a database or a cache/);
  expect(() => new TradingFunction(given, 'Bad', { definition, vpcSubnets: {} })).toThrow(/`vpcSubnets` and `awsApiPeers` need `vpc`/);
});
