/**
 * Another logical id is another resource: CloudFormation makes an empty one and leaves the full one behind. A line of the snapshot
 * changes or goes only together with a plan for the data; a new construct adds lines.
 */
import { LAYERS } from '../support/every-construct';
import { resourcesOfLayer } from '../support/every-construct/resources';

/** What keeps something that cannot be made again by deploying. */
const STATEFUL = new Set([
  'AWS::AmazonMQ::Broker', 'AWS::Backup::BackupVault', 'AWS::Cognito::UserPool', 'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table', 'AWS::ECR::Repository',
  'AWS::EFS::FileSystem', 'AWS::ElastiCache::ReplicationGroup', 'AWS::ElastiCache::ServerlessCache', 'AWS::KMS::Key', 'AWS::Kinesis::Stream', 'AWS::Logs::LogGroup',
  'AWS::MSK::Cluster', 'AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::RDS::GlobalCluster', 'AWS::S3::Bucket', 'AWS::SQS::Queue', 'AWS::SecretsManager::Secret',
]);

/** Types that look as if they kept something. */
const KINDS = /(::Table|::GlobalTable|::Stream|::Queue|::Bucket|::\w*Cluster|::DBInstance|::UserPool|::Key|::Secret|::FileSystem|::Volume|::Repository|::Broker|::BackupVault|::LogGroup|::ReplicationGroup|::ServerlessCache|::Domain|::Database)$/;
const NOT_STATEFUL = new Set(['AWS::ECS::Cluster']);

/** What is deleted with its stack all the same, and why. */
const DELETED: Record<string, string> = {
  'Data/MarketCacheA7DBCAF2': 'every key is a projection of the journal or of the market; its writers fill an empty cache again',
  'Ingress/FunctionsExecutionLogsCFE1E2D5': 'named after its API, so no other API can ever use it; the access logs stay',
  'Ingress/RestExecutionLogs79716B6A': 'named after its API, so no other API can ever use it; the access logs stay',
  'Ingress/WebSocketExecutionLogs7DDF271E': 'named after its API, so no other API can ever use it; the access logs stay',
};

describe.each(LAYERS)('%s', (layer) => {
  const stateful = () => resourcesOfLayer(layer).filter(({ Type }) => STATEFUL.has(Type));

  test('stateful resources keep their logical ids', () => {
    expect(stateful().map(({ id, Type }) => `${Type} ${id}`).sort()).toMatchSnapshot();
  });

  test('stateful resources stay when they leave their stack, or when another one takes their place', () => {
    const lost = stateful().filter(({ DeletionPolicy, UpdateReplacePolicy }) => DeletionPolicy !== 'Retain' || UpdateReplacePolicy !== 'Retain');
    expect(lost.filter(({ id }) => DELETED[id] === undefined).map(({ id }) => id)).toEqual([]);
    expect(Object.keys(DELETED).filter((id) => stateful().some((each) => each.id === id)).sort()).toEqual(lost.map(({ id }) => id).sort());
  });

  test('the list of types lacks none of what the layer keeps', () => {
    const types = new Set(resourcesOfLayer(layer).map(({ Type }) => Type));
    expect([...types].filter((type) => KINDS.test(type) && !STATEFUL.has(type) && !NOT_STATEFUL.has(type))).toEqual([]);
  });
});
