import { Construct } from 'constructs';
import type { RetailDataStack } from './retail-data-stack';
import type { RetailExchangeProps } from './retail-options';
import { GlobalLedgerReplica } from '../../constructs/data/global-ledger-replica';
import { TradingCache } from '../../constructs/data/trading-cache';
import { OrderJournal } from '../../constructs/messaging/order-journal';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../../constructs/observability/alarm-topic';
import { DataKeys } from '../../constructs/security/data-keys';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `ReadingDataStack`. */
export interface ReadingDataStackProps extends TradingStackProps {
  /** Network that the stores are placed in. */
  readonly network: TradingNetwork;

  /** Data of the home region. */
  readonly home: RetailDataStack;

  /** Properties of the system. */
  readonly system: RetailExchangeProps;
}

/**
 * What another region reads: its copy of the ledger and a cache. The copies of the tables belong to the tables themselves. The journal is
 * empty: it is there for the day on which this region becomes home, and nothing writes to it before.
 */
export class ReadingDataStack extends TradingStack {
  /** Keys by class of data, of this region. */
  public readonly keys: DataKeys;
  /** Where alarms of the region go. */
  public readonly alarms: AlarmTopic;
  /** Access logs of the region. */
  public readonly accessLogs: AccessLogBucket;
  /** The copy of the ledger. */
  public readonly ledger: GlobalLedgerReplica;
  /** What the API remembers in this region. */
  public readonly cache: TradingCache;
  /** Journal of its own, empty. */
  public readonly journal: OrderJournal;

  public constructor(scope: Construct, id: string, props: ReadingDataStackProps) {
    super(scope, id, { description: 'Copies that this region reads', ...props });
    const { network: { vpc, isolatedSubnets: vpcSubnets }, home, system } = props;
    const { removalPolicy } = system;
    this.keys = new DataKeys(this, 'Keys', { removalPolicy });
    const { orders, ledger, market, credentials: credentialsKey } = this.keys;
    this.alarms = new AlarmTopic(this, 'Alarms', { emails: system.alarmEmails, removalPolicy });
    const kept = { alarmActions: [this.alarms], removalPolicy };
    const placed = { vpc, vpcSubnets, ...kept };
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.ledger = new GlobalLedgerReplica(this, 'Ledger', {
      ...placed, globalLedger: home.globalLedger!, encryptionKey: ledger, instanceType: system.ledgerCopyInstanceType,
    });
    this.cache = new TradingCache(this, 'Cache', {
      ...placed, encryptionKey: market, credentialsKey, nodeType: system.cacheNodeType ?? 'cache.t4g.medium', description: 'What the API remembers here',
    });
    this.journal = new OrderJournal(this, 'Journal', { encryptionKey: orders, ...kept });
  }
}
