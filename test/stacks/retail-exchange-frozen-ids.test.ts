import { Stack } from 'aws-cdk-lib';
import { retail, stacksBelow, twoRegions } from '../support/retail';
import { resourcesOf } from '../support/templates';

/** Another logical id is another, empty resource. An entry changes only together with a plan for the data. */
const FROZEN: Record<string, string> = {
  'Network/AWS::KMS::Key': 'NetworkFlowLogsKey9F917D90',
  'Data/AWS::Cognito::UserPool': 'IdentityB9BD10AD',
  'Data/AWS::DynamoDB::GlobalTable': 'OrderBookE7802CB1 OrderHistory8D0E5FC9 SessionsE3A1DF70 Trades57427FC0',
  'Data/AWS::DynamoDB::Table': 'Leases507C2787',
  'Data/AWS::ElastiCache::ReplicationGroup': 'Cache18F6EE16',
  'Data/AWS::KMS::Key': 'AlarmsKey3C2381B3 KeysCredentials92347FCD KeysLedger7E0A7958 KeysMarket2A7BB9E5 KeysOrdersFC4D3FDA',
  'Data/AWS::Kinesis::Stream': 'JournalF917C201 MarketData76741170',
  'Data/AWS::RDS::DBCluster': 'Ledger0B0DA0A5',
  'Data/AWS::RDS::DBInstance': 'LedgerReaderB4095B28 LedgerWriterB1A358EC',
  'Data/AWS::S3::Bucket': 'AccessLogs247031D9 ColdStore509854E3',
  'Data/AWS::SQS::Queue': 'AlarmsUndelivered3D473D67 Settlement2616B688 SettlementDeadLetterQueue2F09A26D',
  'Data/AWS::SecretsManager::Secret': 'ApiKeysSecret5A58C5CD CacheAuthToken04672416 LedgerAdminSecret8CAC502A',
  'Backups/AWS::Backup::BackupVault': 'BackupVaultADF21B19',
  'Backups/AWS::KMS::Key': 'BucketKey7E4AEAB8',
  'Backups/AWS::S3::Bucket': 'BucketE75EA64C',
  'Edge/AWS::KMS::Key': 'WebAclLogsKey6A9A47C7',
  'Edge/AWS::S3::Bucket': 'AccessLogs247031D9 SiteBucket978D4AEB',
};

/** What a second region adds; nothing of the first changes. */
const SECOND: Record<string, string> = {
  'Data/AWS::RDS::GlobalCluster': 'GlobalLedger9CE641B3',
  'Data/AWS::SecretsManager::Secret': 'ApiKeysSecret5A58C5CD CacheAuthToken04672416 LedgerAdminSecret8CAC502A OriginSecret96CC82AE',
  'Reading-us-west-2/Network/AWS::KMS::Key': 'NetworkFlowLogsKey9F917D90',
  'Reading-us-west-2/Data/AWS::ElastiCache::ReplicationGroup': 'Cache18F6EE16',
  'Reading-us-west-2/Data/AWS::KMS::Key': 'AlarmsKey3C2381B3 KeysCredentials92347FCD KeysLedger7E0A7958 KeysMarket2A7BB9E5 KeysOrdersFC4D3FDA',
  'Reading-us-west-2/Data/AWS::Kinesis::Stream': 'JournalF917C201',
  'Reading-us-west-2/Data/AWS::RDS::DBCluster': 'LedgerB7379752',
  'Reading-us-west-2/Data/AWS::RDS::DBInstance': 'LedgerInstance196F117A8',
  'Reading-us-west-2/Data/AWS::S3::Bucket': 'AccessLogs247031D9',
  'Reading-us-west-2/Data/AWS::SQS::Queue': 'AlarmsUndelivered3D473D67',
  'Reading-us-west-2/Data/AWS::SecretsManager::Secret': 'CacheAuthToken04672416',
};

const KINDS = /(::Table|::GlobalTable|::Stream|::Queue|::Bucket|::DBCluster|::DBInstance|::GlobalCluster|::ReplicationGroup|::UserPool|::Key|::Secret|::BackupVault|::FileSystem|::Volume)$/;

const sizes = { one: stacksBelow(retail()), two: stacksBelow(retail(twoRegions)) };

function stateful(stacks: Record<string, Stack>) {
  return Object.entries(stacks).flatMap(([name, stack]) => Object.entries(resourcesOf(stack))
    .filter(([, { Type }]) => KINDS.test(Type)).map(([id, resource]) => ({ key: `${name}/${resource.Type}`, id, resource })));
}

function idsOf(stacks: Record<string, Stack>): Record<string, string> {
  const found: Record<string, string[]> = {};
  for (const { key, id } of stateful(stacks)) (found[key] ??= []).push(id);
  return Object.fromEntries(Object.entries(found).map(([key, ids]) => [key, ids.sort().join(' ')]));
}

test('stateful resources keep their logical ids', () => {
  expect(idsOf(sizes.one)).toEqual(FROZEN);
});

test('a second region adds to them and replaces none', () => {
  expect(idsOf(sizes.two)).toEqual({ ...FROZEN, ...SECOND });
});

test.each(['one', 'two'] as const)('they are kept when they leave their stack (%s)', (size) => {
  const lost = stateful(sizes[size]).filter(({ resource }) => resource.DeletionPolicy !== 'Retain' || resource.UpdateReplacePolicy !== 'Retain');
  expect(lost.map(({ key, id }) => `${key} ${id}`)).toEqual([]);
});
