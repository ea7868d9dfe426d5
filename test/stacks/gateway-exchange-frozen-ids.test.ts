import { gateway, gatewayStacks, SIZES } from '../support/gateway';
import { type Resource, resourcesOf } from '../support/templates';

/** Another logical id is another, empty resource. An entry changes only together with a plan for the data. */
const FROZEN: Record<string, string> = {
  'Api/AWS::KMS::Key': 'WebAclLogsKey6A9A47C7',
  'Data/AWS::Cognito::UserPool': 'IdentityB9BD10AD',
  'Data/AWS::DynamoDB::GlobalTable': 'ConnectionsF4DA67CD Orders2A43276C SessionsE3A1DF70 WalletsC418F90C',
  'Data/AWS::DynamoDB::Table': 'Leases507C2787',
  'Data/AWS::ElastiCache::ReplicationGroup': 'Cache18F6EE16',
  'Data/AWS::KMS::Key': 'AlarmsKey3C2381B3 KeysCredentials92347FCD KeysLedger7E0A7958 KeysMarket2A7BB9E5 KeysOrdersFC4D3FDA',
  'Data/AWS::Kinesis::Stream': 'JournalF917C201 Trades57427FC0',
  'Data/AWS::RDS::DBCluster': 'Ledger0B0DA0A5',
  'Data/AWS::RDS::DBInstance': 'LedgerReader2B948CB46 LedgerReaderB4095B28 LedgerWriterB1A358EC',
  'Data/AWS::S3::Bucket': 'AccessLogs247031D9 ColdStore509854E3',
  'Data/AWS::SQS::Queue': 'AlarmsUndelivered3D473D67 SettlementPartition0391E3706 SettlementPartition0DeadLetterQueue1EFDE76B',
  'Data/AWS::SecretsManager::Secret': 'ApiKeysSecret5A58C5CD CacheAuthToken04672416 LedgerAdminSecret8CAC502A OriginSecret96CC82AE',
  'Edge/AWS::KMS::Key': 'WebAclLogsKey6A9A47C7',
  'Edge/AWS::S3::Bucket': 'AccessLogs247031D9',
  'Network/AWS::KMS::Key': 'NetworkFlowLogsKey9F917D90',
};

const KINDS = /(::Table|::GlobalTable|::Stream|::Queue|::Bucket|::DBCluster|::DBInstance|::UserPool|::Key|::Secret|::ReplicationGroup|::Cluster|::FileSystem|::Volume)$/;
const isStateful = ({ Type }: Resource): boolean => KINDS.test(Type) && Type !== 'AWS::ECS::Cluster';

function statefulIds(size: keyof typeof SIZES): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [name, stack] of Object.entries(gatewayStacks(gateway({ size: SIZES[size] })))) {
    for (const [id, resource] of Object.entries(resourcesOf(stack)).filter(([, one]) => isStateful(one))) {
      expect({ id, on: [resource.DeletionPolicy, resource.UpdateReplacePolicy] }).toEqual({ id, on: ['Retain', 'Retain'] });
      (found[`${name}/${resource.Type}`] ??= []).push(id);
    }
  }
  return found;
}

const small = statefulIds(500);

test('stateful resources keep their logical ids, and are kept when they leave the stack', () => {
  expect(Object.fromEntries(Object.entries(small).map(([key, ids]) => [key, ids.sort().join(' ')]))).toEqual(FROZEN);
});

test.each<[keyof typeof SIZES, string[]]>([
  [5000, []],
  // The cache, a projection, with the token that opens it: shards make it another resource.
  [50000, ['Data/AWS::ElastiCache::ReplicationGroup Cache18F6EE16', 'Data/AWS::SecretsManager::Secret CacheAuthToken04672416']],
])('growing to %d requests/s takes nothing away that is no projection', (size, expected) => {
  const large = statefulIds(size);
  const gone = Object.entries(small).flatMap(([key, ids]) => ids.filter((id) => !large[key]?.includes(id)).map((id) => `${key} ${id}`));
  expect(gone.sort()).toEqual(expected);
});
