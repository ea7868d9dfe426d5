import { Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { acknowledge } from '../assurance/acknowledge';
import { TradingFunction } from '../constructs/compute/trading-function';

/** Packs that check against a regulation. */
const REGULATED = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];

/** Ids of one rule in several packs of cdk-nag. */
export function inPacks(rule: string, packs: readonly string[] = REGULATED): string[] {
  return packs.map((pack) => `${pack}::${pack}-${rule}`);
}

/** Id of a rule of Control Tower. */
export function controlTower(rule: string): string {
  return `cdk-validator-cfnguard::${rule}`;
}

/** Accepts the same thing under each of the names that rule sets have for it. */
export function accept(scope: IConstruct, rules: readonly string[], reason: string, control: string): void {
  acknowledge(scope, ...rules.map((rule) => ({ rule, reason, control, owner: 'platform', reviewBy: '2027-05-31' })));
}

/** Functions that a system runs outside its network. */
export function acceptOutsideVpc(fn: TradingFunction, reason: string, control: string): void {
  accept(fn.function, [...inPacks('LambdaInsideVPC'), controlTower('lambda_inside_vpc_check')], reason, control);
}

/** A queue that is where others give up. */
export function acceptDeadLetterQueue(queue: IConstruct): void {
  accept(queue, [...inPacks('SQSRedrivePolicy', ['Serverless']), controlTower('sqs_dlq_check')],
    'The queue is itself the dead-letter queue: what is in it waits for a person.', 'an alarm on the first message');
}

/** Tables that are encrypted with the key of DynamoDB in the account. */
export function acceptTableKeys(tables: readonly IConstruct[]): void {
  for (const table of tables) {
    accept(table, inPacks('EncryptedByOwnKey', ['TradingPlatform']),
      'The table is a copy of what journal and ledger say, written by settlement and read by the API; with DynamoDB\'s key, copies in other regions need no key of ours there.',
      'always encrypted, and the policies of two services alone name the table');
  }
}

/** The CDK's own function behind triggers, which starts a function of ours when the stack is deployed. */
export function acceptTriggers(scope: IConstruct): void {
  const provider = Stack.of(scope).node.tryFindChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider');
  if (provider === undefined) return;
  accept(provider, [controlTower('lambda_inside_vpc_check')],
    'The CDK\'s function for triggers calls the Lambda API and answers CloudFormation, both on public endpoints; it touches no data and no store.',
    'its role may start one function, and CloudFormation alone calls it');
}
