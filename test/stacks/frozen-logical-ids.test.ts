import { simulator, stacksOf } from '../support/simulator';
import { resourcesOf } from '../support/templates';

/**
 * Another logical id is another resource: CloudFormation would make an empty one and leave the full one behind. An entry changes
 * only together with a plan for the data.
 */
const FROZEN: Record<string, string> = {
  'Data/AWS::Cognito::UserPool': 'IdentityB9BD10AD',
  'Data/AWS::DynamoDB::GlobalTable': 'BacktestsCC9CFAE0 SessionsE3A1DF70',
  'Data/AWS::DynamoDB::Table': 'Leases507C2787',
  'Data/AWS::KMS::Key': 'AlarmsKey3C2381B3 KeysCredentials92347FCD KeysLedger7E0A7958 KeysMarket2A7BB9E5 KeysOrdersFC4D3FDA',
  'Data/AWS::Kinesis::Stream': 'JournalF917C201 MarketData76741170',
  'Data/AWS::RDS::DBCluster': 'Ledger0B0DA0A5',
  'Data/AWS::RDS::DBInstance': 'LedgerReaderB4095B28 LedgerWriterB1A358EC',
  'Data/AWS::S3::Bucket': 'AccessLogs247031D9 ColdStore509854E3',
  'Data/AWS::SQS::Queue': 'AlarmsUndelivered3D473D67 BacktestQueue6EC72051 BacktestQueueDeadLetterQueue9860681A Settlement2616B688 SettlementDeadLetterQueue2F09A26D',
  'Data/AWS::SecretsManager::Secret': 'ApiKeysSecret5A58C5CD CacheAuthToken04672416 LedgerAdminSecret8CAC502A',
  'Edge/AWS::KMS::Key': 'WebAclLogsKey6A9A47C7',
  'Edge/AWS::S3::Bucket': 'AccessLogs247031D9',
  'Network/AWS::KMS::Key': 'NetworkFlowLogsKey9F917D90',
  'Simulation/AWS::SQS::Queue': 'HistorySyncFailures4DE15856',
};

const STATEFUL = new Set(Object.keys(FROZEN).map((key) => key.slice(key.indexOf('/') + 1)));
const stacks = stacksOf(simulator());

function statefulIds(): Record<string, string> {
  const found: Record<string, string[]> = {};
  for (const [name, stack] of Object.entries(stacks)) {
    for (const [id, { Type }] of Object.entries(resourcesOf(stack)).filter(([, resource]) => STATEFUL.has(resource.Type))) {
      (found[`${name}/${Type}`] ??= []).push(id);
    }
  }
  return Object.fromEntries(Object.entries(found).map(([key, ids]) => [key, ids.sort().join(' ')]));
}

test('stateful resources keep their logical ids', () => {
  expect(statefulIds()).toEqual(FROZEN);
});

test('stateful resources are kept when they leave the stack', () => {
  for (const stack of Object.values(stacks)) {
    for (const [id, resource] of Object.entries(resourcesOf(stack)).filter(([, { Type }]) => STATEFUL.has(Type))) {
      expect({ id, on: [resource.DeletionPolicy, resource.UpdateReplacePolicy] }).toEqual({ id, on: ['Retain', 'Retain'] });
    }
  }
});

test('every table, stream, queue, bucket, database, pool, key and secret is in the list', () => {
  const types = new Set(Object.values(stacks).flatMap((stack) => Object.values(resourcesOf(stack)).map(({ Type }) => Type)));
  const kinds = /(::Table|::GlobalTable|::Stream|::Queue|::Bucket|::DBCluster|::DBInstance|::UserPool|::Key|::Secret|::FileSystem|::Volume)$/;
  expect([...types].filter((type) => kinds.test(type)).filter((type) => !STATEFUL.has(type))).toEqual([]);
});
