import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { returnUrl } from './retail-input';
import type { RetailExchangeProps, RetailSignIn } from './retail-options';
import { ColdStore } from '../../constructs/data/cold-store';
import { GlobalLedger } from '../../constructs/data/global-ledger';
import { LeaseTable } from '../../constructs/data/lease-table';
import { LedgerCapacity } from '../../constructs/data/ledger-capacity';
import { LedgerCluster } from '../../constructs/data/ledger-cluster';
import { OrderBookTable } from '../../constructs/data/order-book-table';
import { OrderHistoryTable } from '../../constructs/data/order-history-table';
import { SessionsTable } from '../../constructs/data/sessions-table';
import { TradesTable } from '../../constructs/data/trades-table';
import { TradingCache } from '../../constructs/data/trading-cache';
import { OriginSecret } from '../../constructs/edge/origin-secret';
import { FederatedIdentity } from '../../constructs/identity/federated-identity';
import { TradingUserPool } from '../../constructs/identity/trading-user-pool';
import { MarketDataStream } from '../../constructs/messaging/market-data-stream';
import { OrderJournal } from '../../constructs/messaging/order-journal';
import { SettlementQueue } from '../../constructs/messaging/settlement-queue';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { AlarmTopic } from '../../constructs/observability/alarm-topic';
import { DataKeys } from '../../constructs/security/data-keys';
import { acceptTableKeys } from '../acknowledgements-shared';
import { createSealingSecret } from '../sealing-secret';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `RetailDataStack`. */
export interface RetailDataStackProps extends TradingStackProps {
  /** Network that the stores are placed in. */
  readonly network: TradingNetwork;

  /** Properties of the system. */
  readonly system: RetailExchangeProps;

  /** Regions that have copies to read from. */
  readonly otherRegions: string[];

  /** Pages that people return to after signing in elsewhere. */
  readonly callbackUrls: string[];
}

/** Everything of the exchange that keeps state, in its home region. */
export class RetailDataStack extends TradingStack {
  /** Keys by class of data. */
  public readonly keys: DataKeys;
  /** Where alarms of the region go. */
  public readonly alarms: AlarmTopic;
  /** Access logs of the region. */
  public readonly accessLogs: AccessLogBucket;
  /** Accounts of traders and operators. */
  public readonly identity: TradingUserPool;
  /** Sign-in with Google and Okta; undefined with passwords only. */
  public readonly federation?: FederatedIdentity;
  /** Where its pages send browsers with a code; undefined without them, or while the site is not known. */
  public readonly signInReturnUrl?: string;
  /** Journal of orders. */
  public readonly journal: OrderJournal;
  /** Normalised ticks. */
  public readonly marketData: MarketDataStream;
  /** Events on their way to the ledger. */
  public readonly settlement: SettlementQueue;
  /** Accounts, balances, orders and entries. */
  public readonly ledger: LedgerCluster;
  /** Makes the ledger the original of copies; undefined in one region. */
  public readonly globalLedger?: GlobalLedger;
  /** Live prices, books and fan-out. */
  public readonly cache: TradingCache;
  /** Who leads each partition. */
  public readonly leases: LeaseTable;
  /** Who is signed in. */
  public readonly sessions: SessionsTable;
  /** Candles and snapshots. */
  public readonly coldStore: ColdStore;
  /** Master secret that the secrets of API keys are sealed with. */
  public readonly apiKeysSecret: secretsmanager.ISecret;
  /** Resting orders, as settlement shows them. */
  public readonly orderBook: OrderBookTable;
  /** Trades, as settlement shows them. */
  public readonly trades: TradesTable;
  /** Orders by user and time, as settlement shows them. */
  public readonly orderHistory: OrderHistoryTable;
  /** What our distribution shows the load balancers; undefined in one region, where they have no public address. */
  public readonly originSecret?: OriginSecret;

  public constructor(scope: Construct, id: string, props: RetailDataStackProps) {
    super(scope, id, { description: 'Everything that keeps state', ...props });
    const { network, system, otherRegions } = props;
    const { removalPolicy } = system;
    const { vpc, isolatedSubnets: vpcSubnets, awsApiPeers } = network;
    this.keys = new DataKeys(this, 'Keys', { removalPolicy });
    const { orders, ledger, market, credentials: credentialsKey } = this.keys;
    this.alarms = new AlarmTopic(this, 'Alarms', { emails: system.alarmEmails, removalPolicy });
    const kept = { alarmActions: [this.alarms], removalPolicy };
    const placed = { vpc, vpcSubnets, ...kept };
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { removalPolicy });
    this.identity = new TradingUserPool(this, 'Identity', { selfSignUp: system.selfSignUp, mfa: system.mfa ?? cognito.Mfa.OPTIONAL, ...kept });
    if (system.signIn !== undefined) {
      this.signInReturnUrl = returnUrl(props.callbackUrls);
      this.federation = this.createFederation(system.signIn, props.callbackUrls);
    }
    this.journal = new OrderJournal(this, 'Journal', { encryptionKey: orders, ...kept });
    this.marketData = new MarketDataStream(this, 'MarketData', { encryptionKey: market, ...kept });
    this.settlement = new SettlementQueue(this, 'Settlement', { encryptionKey: orders, ...kept });
    this.ledger = new LedgerCluster(this, 'Ledger', {
      ...placed,
      awsApiPeers,
      encryptionKey: ledger,
      credentialsKey,
      capacity: system.ledgerCapacity ?? LedgerCapacity.serverless({ minAcu: 1, maxAcu: 16 }),
      readerScaling: system.readerScaling,
    });
    this.cache = new TradingCache(this, 'Cache', {
      ...placed, encryptionKey: market, credentialsKey, nodeType: system.cacheNodeType ?? 'cache.t4g.medium', description: 'Live prices, books and fan-out',
    });
    this.leases = new LeaseTable(this, 'Leases', kept);
    this.coldStore = new ColdStore(this, 'ColdStore', { encryptionKey: orders, accessLogs: this.accessLogs.bucket, removalPolicy });
    this.apiKeysSecret = createSealingSecret(this, credentialsKey, removalPolicy);
    const shown = { ...kept, replicas: otherRegions.map((region) => ({ region })) };
    this.orderBook = new OrderBookTable(this, 'OrderBook', shown);
    this.trades = new TradesTable(this, 'Trades', shown);
    this.orderHistory = new OrderHistoryTable(this, 'OrderHistory', shown);
    this.sessions = new SessionsTable(this, 'Sessions', shown);
    acceptTableKeys([this.orderBook, this.trades, this.orderHistory, this.sessions]);
    if (otherRegions.length > 0) {
      this.globalLedger = new GlobalLedger(this, 'GlobalLedger', { primary: this.ledger.cluster, removalPolicy });
      this.originSecret = new OriginSecret(this, 'OriginSecret', { encryptionKey: credentialsKey, removalPolicy });
    }
  }

  /** The client of the sign-in pages gets tokens that the API takes: with the scope of a user who signed in. */
  private createFederation({ domain, google, okta }: RetailSignIn, callbackUrls: string[]): FederatedIdentity {
    const back = this.signInReturnUrl;
    return new FederatedIdentity(this, 'Federation', {
      userPool: this.identity.userPool,
      domain,
      google,
      okta,
      callbackUrls: back === undefined || callbackUrls.includes(back) ? callbackUrls : [...callbackUrls, back],
      logoutUrls: callbackUrls,
      scopes: [cognito.OAuthScope.COGNITO_ADMIN],
    });
  }
}
