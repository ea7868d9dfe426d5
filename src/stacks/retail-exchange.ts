import { Annotations, CfnOutput, Duration, Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acceptTriggers } from './acknowledgements-shared';
import { applyGuardrails } from './guardrails';
import { instrumentsJson } from './instruments';
import { NetworkStack } from './network-stack';
import { OperationsStack } from './operations-stack';
import { ReadingRegion } from './retail-exchange/reading-region';
import { RetailApplicationStack } from './retail-exchange/retail-application-stack';
import { RetailBackupStack } from './retail-exchange/retail-backup-stack';
import { RetailDataStack } from './retail-exchange/retail-data-stack';
import { RetailEdgeStack } from './retail-exchange/retail-edge-stack';
import { RetailInput, retailInput } from './retail-exchange/retail-input';
import { operationsOf } from './retail-exchange/retail-operations';
import type { RetailExchangeProps } from './retail-exchange/retail-options';
import { CapacityPlan } from '../assurance/capacity/capacity-plan';
import { LibraryAcknowledgements } from '../assurance/library-acknowledgements';
import { CostAllocationTags } from '../constructs/governance/cost-allocation-tags';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';

/** What services call inside the network where sign-in pages keep Cognito out of it. */
const ENDPOINTS_BESIDE_COGNITO = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'kinesis-streams', 'sqs'];

/** The document promises high availability and names no figure: a month may lose 43 minutes. */
const PROMISE = ServiceLevelObjective.of({ availability: 99.9, latencyP99: Duration.millis(200) });

/**
 * An exchange for retail users: static files and API behind CloudFront, sign-in with a password, Google or Okta, order matching on Fargate,
 * a ledger on Aurora Serverless, the order book as a read model in DynamoDB, backups in S3. Deployed to one region, or to several that
 * read near the user and write at home.
 */
export class RetailExchange extends Construct {
  /** Network of the home region. */
  public readonly networkStack: NetworkStack;
  /** Everything that keeps state, in the home region. */
  public readonly data: RetailDataStack;
  /** Exports and backups. */
  public readonly backups: RetailBackupStack;
  /** The services of the home region. */
  public readonly application: RetailApplicationStack;
  /** The regions that only read, in the order of `regions`; empty with one region. */
  public readonly readingRegions: ReadingRegion[];
  /** CloudFront, its web ACL and the names. */
  public readonly edge: RetailEdgeStack;
  /** Promise, dashboard, budget. */
  public readonly operations: OperationsStack;

  public constructor(scope: Construct, id: string, props: RetailExchangeProps = {}) {
    super(scope, id);
    const input = retailInput(this.node.path, props);
    const { json: instruments, symbols } = instrumentsJson(props.instruments);
    const { removalPolicy } = props;
    const { home, others } = input;
    const env = this.envOf(props, home.region);
    const peeredCidrs = (region: string) => [home, ...others].filter((one) => one.region !== region).map(({ cidrPlan }) => cidrPlan.cidr);
    this.networkStack = new NetworkStack(this, 'Network', {
      env,
      network: {
        cidrPlan: home.cidrPlan,
        prefixListIds: home.prefixListIds,
        peeredCidrs: peeredCidrs(home.region),
        // Cognito refuses calls through an endpoint to a pool that has sign-in pages.
        interfaceEndpoints: props.signIn === undefined ? undefined : ENDPOINTS_BESIDE_COGNITO,
        removalPolicy,
      },
    });
    const { network } = this.networkStack;
    this.data = new RetailDataStack(this, 'Data', {
      env, network, system: props, otherRegions: others.map(({ region }) => region), callbackUrls: input.callbackUrls,
    });
    this.backups = new RetailBackupStack(this, 'Backups', { env, data: this.data, removalPolicy });
    this.application = new RetailApplicationStack(this, 'Application', {
      env,
      network,
      data: this.data,
      system: props,
      apiMinCapacity: input.apiMinCapacity,
      apiMaxCapacity: input.apiMaxCapacity,
      prefixListIds: home.prefixListIds,
      instruments,
      symbols: props.symbols ?? symbols,
    });
    this.readingRegions = others.map(({ region, cidrPlan, prefixListIds }) => new ReadingRegion(this, `Reading-${region}`, {
      env: this.envOf(props, region),
      home: this.data,
      system: props,
      cidrPlan,
      prefixListIds,
      peeredCidrs: peeredCidrs(region),
      apiMinCapacity: input.readingMinCapacity,
      apiMaxCapacity: input.apiMaxCapacity,
    }));
    const doors = [this.application, ...this.readingRegions.map(({ application }) => application)];
    this.edge = new RetailEdgeStack(this, 'Edge', { env, doors, data: this.data, system: props });
    const promise = props.serviceLevelObjective ?? PROMISE;
    this.operations = new OperationsStack(this, 'Operations', {
      env,
      objective: promise,
      ...operationsOf(this, promise),
      alarmTopic: this.data.alarms,
      monthlyBudgetUsd: props.monthlyBudgetUsd,
    });
    Annotations.of(this.operations.slo).acknowledgeWarning('CloudWatch:Math:MetricsPeriodsOverridden',
      'Failed requests are a sum of two metrics, and each alarm of the promise looks at them over its own time.');
    this.assure(props, input);
    this.describe();
  }

  private envOf({ env }: RetailExchangeProps, region: string): Environment {
    return { account: env?.account, region };
  }

  /** What is held against the templates when they are made. */
  private assure(props: RetailExchangeProps, { objective }: RetailInput): void {
    const { workload, quotaIncreases, owner = 'platform' } = props;
    if (workload !== undefined) {
      const isAlone = this.readingRegions.length === 0;
      new CapacityPlan(this, 'Capacity', { workload, quotaIncreases, zoneRule: isAlone });
      // Every write comes home, so home carries the peak without a zone; the others share the reads.
      if (!isAlone) new CapacityPlan(this.application, 'Capacity', { workload, quotaIncreases });
    }
    new CostAllocationTags(this, 'CostTags', {
      system: 'RetailExchange', environment: props.environmentName ?? 'production', costCenter: props.costCenter ?? 'trading', owner,
    });
    // Prices come from elsewhere and come back by themselves: no order waits for them.
    objective.enforce(this, { except: [this.application.streamer] });
    applyGuardrails(this);
    acceptTriggers(this.application);
    LibraryAcknowledgements.apply(this, { owner, reviewBy: '2027-05-31' });
  }

  private describe(): void {
    const { data, edge } = this;
    const output = (stack: Construct, id: string, value: string, description: string) => new CfnOutput(stack, id, { value, description });
    output(edge, 'SiteUrl', edge.site.url, 'URL of the exchange');
    output(edge, 'SiteBucket', edge.site.bucket.bucketName, 'Bucket that takes the files of the web application');
    output(data, 'UserPoolId', data.identity.userPool.userPoolId, 'User pool of traders and operators');
    output(data, 'UserPoolClientId', data.identity.client.userPoolClientId, 'Client that signs them in with a password');
    if (data.federation === undefined) return;
    output(data, 'AuthorizeUrl', data.federation.authorizeUrl, 'Where people sign in with Google or Okta');
    output(data, 'FederatedClientId', data.federation.client.userPoolClientId, 'Client of the sign-in pages');
  }
}
