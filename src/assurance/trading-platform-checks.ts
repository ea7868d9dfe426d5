import { CfnResource } from 'aws-cdk-lib';
import { NagMessageLevel, NagPack, NagPackProps } from 'cdk-nag';
import { IConstruct } from 'constructs';
import { BrokerWithStandby } from './trading-platform/broker-with-standby';
import { CrossRegionCopy } from './trading-platform/cross-region-copy';
import { DeletionProtection } from './trading-platform/deletion-protection';
import { EncryptedByOwnKey } from './trading-platform/encrypted-by-own-key';
import { FifoWithDeadLetterQueue } from './trading-platform/fifo-with-dead-letter-queue';
import { JournalRetention } from './trading-platform/journal-retention';
import { MatcherNotOnSpot } from './trading-platform/matcher-not-on-spot';
import { NoPlaintextListener } from './trading-platform/no-plaintext-listener';
import { PointInTimeRecovery } from './trading-platform/point-in-time-recovery';
import { Rule } from './trading-platform/support';

interface Described { readonly rule: Rule; readonly info: string; readonly explanation: string }

const RULES: Described[] = [
  {
    rule: JournalRetention, info: 'The journal keeps its records for longer than a snapshot may be old.',
    explanation: 'A matcher starts from a snapshot and the records after it; records that are gone are orders that are lost.',
  },
  {
    rule: FifoWithDeadLetterQueue, info: 'Events are settled from a FIFO queue that has a dead-letter queue.',
    explanation: 'Events out of order make a wrong ledger; an event that cannot be applied must be seen by a person.',
  },
  {
    rule: MatcherNotOnSpot, info: 'No matcher runs on Spot capacity.',
    explanation: 'Spot capacity is taken away with two minutes of notice, from both replicas at once if need be.',
  },
  {
    rule: PointInTimeRecovery, info: 'Tables and databases can be brought back to a point in time.',
    explanation: 'A mistake or an intruder writes valid data; only the state before it helps.',
  },
  {
    rule: DeletionProtection, info: 'Tables, databases and user pools are protected against deletion.',
    explanation: 'What holds accounts and balances must take two deliberate steps to delete.',
  },
  {
    rule: CrossRegionCopy, info: 'Where the loss of a region is survived, stores of record have a copy in another region.',
    explanation: 'A plan to switch regions is worth nothing for data that exists in one of them.',
  },
  {
    rule: BrokerWithStandby, info: 'A message broker has a standby in another zone.',
    explanation: 'A broker of one instance is gone with its zone, and so is what it has not delivered.',
  },
  {
    rule: EncryptedByOwnKey, info: 'What holds data of the platform is encrypted by the key of its class of data.',
    explanation: 'The key of a service opens for everyone in the account; a key of one\'s own has one policy that says who reads.',
  },
  {
    rule: NoPlaintextListener, info: 'Listeners, caches and brokers speak TLS; plain HTTP is only redirected.',
    explanation: 'Orders and tokens must not be readable or changeable on the way.',
  },
];

/**
 * What a trading platform needs that no general rule pack asks for: a journal that remembers, queues that keep order, matchers that are
 * not taken away, stores that survive. A rule pack for `Validations.of(app).addPlugins(…)` like those of cdk-nag, whose findings are
 * acknowledged as `TradingPlatform::TradingPlatform-<rule>`.
 */
export class TradingPlatformChecks extends NagPack {
  /** Name of the pack in reports. */
  public readonly name = 'TradingPlatform';

  public constructor(scope?: IConstruct, props?: NagPackProps) {
    super(scope, props);
    this.packName = 'TradingPlatform';
  }

  protected checkResource(node: CfnResource): void {
    for (const { rule, info, explanation } of RULES) this.applyRule({ node, rule, info, explanation, level: NagMessageLevel.ERROR });
  }
}
