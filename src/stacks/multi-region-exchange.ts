import { Annotations, CfnOutput, Environment } from 'aws-cdk-lib';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { acceptTriggers } from './acknowledgements-shared';
import { EdgeStack } from './edge-stack';
import { applyGuardrails } from './guardrails';
import { instrumentsJson } from './instruments';
import { exchangeInput, ExchangeInput } from './multi-region-exchange/exchange-input';
import type { MultiRegionExchangeProps } from './multi-region-exchange/exchange-options';
import { ExchangeRegion } from './multi-region-exchange/exchange-region';
import { ExchangeKeysStack } from './multi-region-exchange/keys-stack';
import { originName, usersName } from './multi-region-exchange/names';
import { operationsOf } from './multi-region-exchange/operations';
import { RegionHealth } from './multi-region-exchange/region-health';
import { RegionSwitchStack } from './multi-region-exchange/region-switch-stack';
import { markStandby } from './multi-region-exchange/standby';
import { OperationsStack } from './operations-stack';
import { CapacityPlan } from '../assurance/capacity/capacity-plan';
import { LibraryAcknowledgements } from '../assurance/library-acknowledgements';
import { DnsRouting } from '../constructs/edge/dns-routing';
import { EdgeOrigin } from '../constructs/edge/edge-origin';
import { FailoverDns } from '../constructs/edge/failover-dns';
import { CostAllocationTags } from '../constructs/governance/cost-allocation-tags';
import { MaintenancePlan } from '../constructs/governance/maintenance-plan';
import { MaintenanceDay, MaintenanceWindow } from '../constructs/governance/maintenance-window';
import { ServiceLevelObjective } from '../constructs/observability/service-level-objective';

/**
 * An exchange in two regions: one serves, the other one has copies of everything that was settled, runs a smaller tier, and takes over by a
 * plan. CloudFront in front of load balancers, a trading service on Fargate, matchers on EC2 instances of their own, a user service on Lambda.
 */
export class MultiRegionExchange extends Construct {
  /** Keys of the primary region. */
  public readonly keys: ExchangeKeysStack;
  /** Keys and files of the region that takes over. */
  public readonly standbyKeys: ExchangeKeysStack;
  /** The region that serves. */
  public readonly primary: ExchangeRegion;
  /** The region that takes over. */
  public readonly standby: ExchangeRegion;
  /** CloudFront, its web ACL, and the records that choose the region. */
  public readonly edge: EdgeStack;
  /** Names that lead to the region that serves: of the load balancer and of the user service; empty at CloudFront's own name. */
  public readonly failover: FailoverDns[];
  /** Plan of the switch; undefined when the loss of a region need not be survived. */
  public readonly regionSwitch?: RegionSwitchStack;
  /** Promise, dashboard, budget. */
  public readonly operations: OperationsStack;
  /** Windows in which AWS works on databases, caches and brokers. */
  public readonly maintenance: MaintenancePlan;

  public constructor(scope: Construct, id: string, props: MultiRegionExchangeProps = {}) {
    super(scope, id);
    const input = exchangeInput(this.node.path, props);
    const { json: instruments, symbols } = instrumentsJson(props.instruments);
    const { removalPolicy } = props;
    const env: Environment = { account: props.env?.account, region: input.region };
    const drEnv: Environment = { account: props.env?.account, region: input.drRegion };
    this.keys = new ExchangeKeysStack(this, 'Keys', { env, removalPolicy });
    this.standbyKeys = new ExchangeKeysStack(this, 'StandbyKeys', { env: drEnv, primary: this.keys, removalPolicy });
    const common = { system: props, objective: input.objective, instruments, symbols: props.symbols ?? symbols, accessControl: input.accessControl };
    this.primary = new ExchangeRegion(this, 'Primary', {
      ...common, env, cidrPlan: input.cidrPlan, otherCidrPlan: input.drCidrPlan, keys: this.keys, standbyKeys: this.standbyKeys,
    });
    this.standby = new ExchangeRegion(this, 'Standby', {
      ...common, env: drEnv, cidrPlan: input.drCidrPlan, otherCidrPlan: input.cidrPlan, keys: this.standbyKeys, primary: this.primary,
    });
    this.edge = this.createEdge(props);
    this.failover = this.createFailover(props);
    if (input.objective.region !== undefined) {
      this.regionSwitch = new RegionSwitchStack(this, 'RegionSwitch', { env: drEnv, primary: this.primary, standby: this.standby, objective: input.objective });
    }
    const promise = props.serviceLevelObjective ?? ServiceLevelObjective.MULTI_REGION_EXCHANGE;
    this.operations = new OperationsStack(this, 'Operations', {
      env,
      objective: promise,
      ...operationsOf(this.primary, promise),
      alarmTopic: this.primary.data.alarms,
      monthlyBudgetUsd: props.monthlyBudgetUsd,
    });
    Annotations.of(this.operations.slo).acknowledgeWarning('CloudWatch:Math:MetricsPeriodsOverridden', 'the windows of the objective are meant to count');
    for (const stack of [this.standbyKeys, ...(this.regionSwitch === undefined ? [] : [this.regionSwitch])]) markStandby(stack);
    this.maintenance = new MaintenancePlan(this, 'Maintenance', {
      window: props.maintenanceWindow ?? MaintenanceWindow.weekly({ day: MaintenanceDay.SUNDAY, start: '03:00' }),
    });
    this.assure(props, input);
    this.describe();
  }

  private createEdge({ endpoint, geoRestriction, removalPolicy, env }: MultiRegionExchangeProps): EdgeStack {
    const { primary: { application, data } } = this;
    const domainName = originName(endpoint);
    return new EdgeStack(this, 'Edge', {
      env,
      endpoint,
      geoRestriction,
      removalPolicy,
      // Alarms tell topics of their own region only.
      alarmActions: data.region === 'us-east-1' ? [data.alarms] : undefined,
      ...(domainName === undefined
        ? { loadBalancer: application.ingress.loadBalancer }
        : { origin: EdgeOrigin.publicLoadBalancer(application.ingress.loadBalancer, { originSecret: data.originSecret!, domainName }) }),
    });
  }

  /** Records that lead to the primary region while it is healthy and to the other one once it has taken over. */
  private createFailover({ endpoint }: MultiRegionExchangeProps): FailoverDns[] {
    const origin = originName(endpoint);
    const users = usersName(endpoint);
    const hostedZone = endpoint?.hostedZone;
    if (origin === undefined || users === undefined || hostedZone === undefined) return [];
    const regions = [this.primary, this.standby].map((region) => {
      const [api, ...matchers] = region.application.healthAlarms;
      const { healthCheck } = new RegionHealth(this.edge, `Health-${region.data.region}`, { api, matchers });
      return { region, name: region.data.region, healthCheck };
    });
    const routing = (target: (region: ExchangeRegion) => targets.LoadBalancerTarget | targets.ApiGatewayDomain) => {
      const [first, second] = regions.map(({ region, name, healthCheck }) => ({ region: name, target: target(region), healthCheck }));
      return DnsRouting.failover(first, second);
    };
    return [
      new FailoverDns(this.edge, 'OriginName', { hostedZone, domainName: origin, routing: routing(({ application }) => new targets.LoadBalancerTarget(application.ingress.loadBalancer)) }),
      new FailoverDns(this.edge, 'UsersName', { hostedZone, domainName: users, routing: routing(({ application }) => new targets.ApiGatewayDomain(application.userApi.domain!)) }),
    ];
  }

  /** What is held against the templates when they are made. */
  private assure(props: MultiRegionExchangeProps, { objective }: ExchangeInput): void {
    const { workload, quotaIncreases } = props;
    if (workload !== undefined) {
      new CapacityPlan(this.primary, 'Capacity', { workload, quotaIncreases });
      // The switch starts what is missing there, so the zones of a region that waits need not carry the peak.
      new CapacityPlan(this.standby, 'Capacity', { workload, quotaIncreases, zoneRule: false });
    }
    new CostAllocationTags(this, 'CostTags', {
      system: 'MultiRegionExchange',
      environment: props.environmentName ?? 'production',
      costCenter: props.costCenter ?? 'trading',
      owner: props.owner ?? 'platform',
    });
    const { application } = this.primary;
    const { application: waiting } = this.standby;
    // Prices and their copies: no order waits for them. Matchers of the region that waits are started by the plan.
    objective.enforce(this, { except: [application.streamer, application.mirror, waiting.streamer, waiting.mirror, waiting.matching] });
    applyGuardrails(this);
    for (const one of [application, waiting]) acceptTriggers(one);
    LibraryAcknowledgements.apply(this, { owner: props.owner ?? 'platform', reviewBy: '2027-05-31' });
  }

  private describe(): void {
    const { primary: { data, application }, edge } = this;
    const output = (stack: Construct, id: string, value: string, description: string) => new CfnOutput(stack, id, { value, description });
    output(edge, 'SiteUrl', edge.edge.url, 'URL of the exchange');
    output(application, 'UsersUrl', application.userApi.url, 'URL of the user service');
    output(data, 'UserPoolId', data.identity.userPool.userPoolId, 'User pool of traders and operators');
    output(data, 'UserPoolClientId', data.identity.client.userPoolClientId, 'Client that signs them in');
  }
}
