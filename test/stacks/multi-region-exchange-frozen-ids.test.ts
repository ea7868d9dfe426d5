import { exchange, stacksOfExchange } from '../support/exchange';
import { resourcesOf } from '../support/templates';

/** Another logical id is another, empty resource. An entry changes only together with a plan for the data. */
const FROZEN: Record<string, string> = {
  'Edge/AWS::KMS::Key': 'WebAclLogsKey6A9A47C7',
  'Edge/AWS::S3::Bucket': 'AccessLogs247031D9',
  'Keys/AWS::KMS::Key': 'CredentialsF8F243AA KeysLedger7E0A7958 KeysMarket2A7BB9E5 KeysOrdersFC4D3FDA',
  'Primary-Data/AWS::AmazonMQ::Broker': 'BrokerE1355FD6',
  'Primary-Data/AWS::Cognito::UserPool': 'IdentityB9BD10AD',
  'Primary-Data/AWS::DynamoDB::GlobalTable': 'Audit60AC924E OrderHistory8D0E5FC9 SessionsE3A1DF70',
  'Primary-Data/AWS::DynamoDB::Table': 'Leases507C2787',
  'Primary-Data/AWS::ElastiCache::ReplicationGroup': 'Cache18F6EE16',
  'Primary-Data/AWS::KMS::Key': 'AlarmsKey3C2381B3 AuditArchiveKey780AE008',
  'Primary-Data/AWS::Kinesis::Stream': 'JournalF917C201 MarketData76741170',
  'Primary-Data/AWS::RDS::DBCluster': 'Ledger0B0DA0A5',
  'Primary-Data/AWS::RDS::DBInstance': 'LedgerReaderB4095B28 LedgerWriterB1A358EC',
  'Primary-Data/AWS::RDS::GlobalCluster': 'GlobalLedger9CE641B3',
  'Primary-Data/AWS::S3::Bucket': 'AccessLogs247031D9 AuditArchive02FE8734 ColdStore509854E3',
  'Primary-Data/AWS::SQS::Queue': 'AlarmsUndelivered3D473D67 Settlement2616B688 SettlementDeadLetterQueue2F09A26D',
  'Primary-Data/AWS::SecretsManager::Secret': 'ApiKeysSecret5A58C5CD BrokerCredentialsF40440BA CacheAuthToken04672416 LedgerAdminSecret8CAC502A OriginSecret96CC82AE',
  'Primary-Network/AWS::KMS::Key': 'NetworkFlowLogsKey9F917D90',
  'Standby-Data/AWS::AmazonMQ::Broker': 'BrokerE1355FD6',
  'Standby-Data/AWS::Cognito::UserPool': 'IdentityB9BD10AD',
  'Standby-Data/AWS::DynamoDB::Table': 'Leases507C2787',
  'Standby-Data/AWS::ElastiCache::ReplicationGroup': 'Cache18F6EE16',
  'Standby-Data/AWS::KMS::Key': 'AlarmsKey3C2381B3',
  'Standby-Data/AWS::Kinesis::Stream': 'JournalF917C201 MarketData76741170',
  'Standby-Data/AWS::RDS::DBCluster': 'LedgerB7379752',
  'Standby-Data/AWS::RDS::DBInstance': 'LedgerInstance196F117A8',
  'Standby-Data/AWS::SQS::Queue': 'AlarmsUndelivered3D473D67 Settlement2616B688 SettlementDeadLetterQueue2F09A26D',
  'Standby-Data/AWS::SecretsManager::Secret': 'CacheAuthToken04672416',
  'Standby-Network/AWS::KMS::Key': 'NetworkFlowLogsKey9F917D90',
  'StandbyKeys/AWS::KMS::Key': 'KeysLedger7E0A7958 KeysMarket2A7BB9E5 KeysOrdersFC4D3FDA',
  'StandbyKeys/AWS::KMS::ReplicaKey': 'CredentialsReplica',
  'StandbyKeys/AWS::S3::Bucket': 'AccessLogs247031D9 ColdStore509854E3',
};

const KINDS = /(::Table|::GlobalTable|::Stream|::Queue|::Bucket|::DBCluster|::DBInstance|::GlobalCluster|::UserPool|::Key|::ReplicaKey|::Secret|::Broker|::ReplicationGroup|::FileSystem|::Volume)$/;
const stacks = stacksOfExchange(exchange());

function statefulIds(): Record<string, string> {
  const found: Record<string, string[]> = {};
  for (const [name, stack] of Object.entries(stacks)) {
    for (const [id, { Type }] of Object.entries(resourcesOf(stack)).filter(([, resource]) => KINDS.test(resource.Type))) (found[`${name}/${Type}`] ??= []).push(id);
  }
  return Object.fromEntries(Object.entries(found).map(([key, ids]) => [key, ids.sort().join(' ')]).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('stateful resources keep their logical ids', () => {
  expect(statefulIds()).toEqual(FROZEN);
});

test('stateful resources are kept when they leave the stack', () => {
  for (const stack of Object.values(stacks)) {
    for (const [id, resource] of Object.entries(resourcesOf(stack)).filter(([, { Type }]) => KINDS.test(Type))) {
      expect({ id, on: [resource.DeletionPolicy, resource.UpdateReplacePolicy] }).toEqual({ id, on: ['Retain', 'Retain'] });
    }
  }
});
