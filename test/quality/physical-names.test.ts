/** A physical name stops a second copy in the account and every replacement: we give one only where AWS asks for it. */
import { Stage } from 'aws-cdk-lib';
import { testApp } from '../support/apps';
import { EVERY_CONSTRUCT, LAYERS } from '../support/every-construct';
import { resourcesOfStacks } from '../support/every-construct/resources';

const OF_OTHERS = 'names something that exists elsewhere';
const INSIDE = 'a name inside of its parent, which is unique itself';
const REQUIRED = 'AWS asks for it; made from the path of the construct';
const CDK = 'the CDK makes it from the path of the construct';

/** Name-like properties that hold a literal, and why. */
const NAMED: Record<string, string> = {
  'AWS::ARCRegionSwitch::Plan.Name': REQUIRED,
  'AWS::ARCZonalShift::ZonalAutoshiftConfiguration.ResourceIdentifier': OF_OTHERS,
  'AWS::AmazonMQ::Broker.BrokerName': REQUIRED,
  'AWS::AmazonMQ::Configuration.Name': REQUIRED,
  'AWS::ApiGateway::Authorizer.Name': INSIDE,
  'AWS::ApiGateway::RestApi.Name': 'a label that many APIs may share',
  'AWS::ApiGateway::Stage.StageName': INSIDE,
  'AWS::ApiGatewayV2::Api.Name': 'a label that many APIs may share',
  'AWS::ApiGatewayV2::Authorizer.Name': INSIDE,
  'AWS::ApiGatewayV2::Stage.StageName': INSIDE,
  'AWS::ApiGatewayV2::VpcLink.Name': REQUIRED,
  'AWS::ApplicationAutoScaling::ScalingPolicy.PolicyName': CDK,
  'AWS::Backup::BackupVault.BackupVaultName': CDK,
  'AWS::CE::AnomalyMonitor.MonitorName': REQUIRED,
  'AWS::CE::AnomalySubscription.SubscriptionName': REQUIRED,
  'AWS::CloudFront::Function.Name': CDK,
  'AWS::CloudWatch::Alarm.MetricName': OF_OTHERS,
  'AWS::CloudWatch::CompositeAlarm.AlarmName': CDK,
  'AWS::CodeDeploy::DeploymentGroup.DeploymentConfigName': OF_OTHERS,
  'AWS::Cognito::UserPoolGroup.GroupName': INSIDE,
  'AWS::Cognito::UserPoolIdentityProvider.ProviderName': INSIDE,
  'AWS::EC2::VPCEndpoint.ServiceName': OF_OTHERS,
  'AWS::ElastiCache::ServerlessCache.ServerlessCacheName': REQUIRED,
  'AWS::ElastiCache::User.UserName': 'every user group has one of this name',
  'AWS::IAM::Policy.PolicyName': CDK,
  'AWS::Kinesis::StreamConsumer.ConsumerName': REQUIRED,
  'AWS::Lambda::EventSourceMapping.FunctionName': OF_OTHERS,
  'AWS::Lambda::Permission.FunctionName': OF_OTHERS,
  'AWS::Logs::LogGroup.LogGroupName': 'WAF delivers only to groups whose name begins in its own way, API Gateway to those of its own name',
  'AWS::Logs::ResourcePolicy.PolicyName': CDK,
  'AWS::MSK::Cluster.ClusterName': REQUIRED,
  'AWS::MSK::Configuration.Name': REQUIRED,
  'AWS::RDS::DBCluster.DatabaseName': INSIDE,
  'AWS::RDS::DBInstance.CACertificateIdentifier': OF_OTHERS,
  'AWS::RDS::DBInstance.DBName': INSIDE,
  'AWS::RDS::DBProxy.DBProxyName': REQUIRED,
  'AWS::RDS::DBProxyEndpoint.DBProxyEndpointName': REQUIRED,
  'AWS::RDS::DBProxyTargetGroup.TargetGroupName': INSIDE,
  'AWS::ResilienceHub::ResiliencyPolicy.PolicyName': REQUIRED,
  'AWS::Route53::RecordSet.Name': 'the name is what the record is for',
  'AWS::Route53::RecordSet.SetIdentifier': INSIDE,
};

/** The same text in two systems of an account is no collision for these. */
const SHARED = new Set(Object.entries(NAMED).filter(([, why]) => why !== REQUIRED && why !== CDK).map(([property]) => property));
/** CDK's names of inline policies are unique within their roles. */
SHARED.add('AWS::IAM::Policy.PolicyName');

interface Named { readonly property: string; readonly id: string; readonly name: string }

/** Names in the templates of a layer that are the same whatever CloudFormation makes of them. */
function namesOf(layer: string, system: string): Named[] {
  const stage = new Stage(testApp(), system, { env: { region: 'us-east-1' } });
  EVERY_CONSTRUCT[layer](stage);
  return resourcesOfStacks(stage).flatMap(({ Type, Properties, id }) => Object.entries(Properties ?? {})
    .filter(([key, value]) => /(Name|Identifier)$|^ReplicationGroupId$/.test(key) && !Array.isArray(value))
    .filter(([, value]) => typeof value === 'string' || !/"(Ref|Fn::GetAtt|Fn::ImportValue|Fn::GetStackOutput)"/.test(JSON.stringify(value)))
    .map(([key, value]) => ({ property: `${Type}.${key}`, id, name: JSON.stringify(value) })));
}

describe.each(LAYERS)('%s', (layer) => {
  test('gives physical names only where one is needed', () => {
    expect(namesOf(layer, 'Blue').filter(({ property }) => NAMED[property] === undefined)).toEqual([]);
  });

  test('names of two systems in one account do not collide', () => {
    const blue = namesOf(layer, 'Blue');
    const green = new Set(namesOf(layer, 'Green').map(({ property, name }) => `${property} ${name}`));
    expect(blue.filter(({ property, name }) => !SHARED.has(property) && green.has(`${property} ${name}`))).toEqual([]);
  });
});

test('every exception is still needed', () => {
  const used = new Set(LAYERS.flatMap((layer) => namesOf(layer, 'Blue').map(({ property }) => property)));
  expect(Object.keys(NAMED).filter((property) => !used.has(property))).toEqual([]);
});
