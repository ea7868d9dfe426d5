import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { apiBehavior } from './api-behavior';
import { originNames } from './names';
import { RegionRouter } from './region-router';
import type { RetailDataStack } from './retail-data-stack';
import type { RetailExchangeProps } from './retail-options';
import { DnsEndpoint, DnsRouting } from '../../constructs/edge/dns-routing';
import { EdgeOrigin } from '../../constructs/edge/edge-origin';
import { FailoverDns } from '../../constructs/edge/failover-dns';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { StaticSite } from '../../constructs/edge/static-site';
import { TradingWebAcl } from '../../constructs/edge/trading-web-acl';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { acceptSite } from '../acknowledgements-retail';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Where a region takes requests. */
export interface RetailDoor {
  /** The region. */
  readonly region: string;

  /** Its load balancer. */
  readonly ingress: TradingLoadBalancer;

  /** Fires while nothing answers behind it. */
  readonly healthAlarm: cloudwatch.IAlarm;
}

/** Properties of `RetailEdgeStack`. */
export interface RetailEdgeStackProps extends TradingStackProps {
  /** Where regions take requests, the home region first. */
  readonly doors: RetailDoor[];

  /** Data of the home region. */
  readonly data: RetailDataStack;

  /** Properties of the system. */
  readonly system: RetailExchangeProps;
}

/** What the API answers; everything else is a file. */
const API_PATHS = ['/v1/*', '/api/v3/*', '/ws*', '/stream*', '/health'];

/**
 * The public side, always in us-east-1: static files from S3, the API behind them, a web ACL before both. With several regions what reads
 * goes to the nearest one by latency records, and what writes to the home region.
 */
export class RetailEdgeStack extends TradingStack {
  /** Web ACL of the distribution. */
  public readonly webAcl: TradingWebAcl;
  /** Access logs of the distribution. */
  public readonly accessLogs: AccessLogBucket;
  /** Files of the web application, and the distribution. */
  public readonly site: StaticSite;
  /** Chooses between the nearest region and the home region; undefined in one region. */
  public readonly router?: RegionRouter;
  /** Names of the load balancers: the home region's, and that of the nearest; empty in one region. */
  public readonly names: FailoverDns[] = [];

  public constructor(scope: Construct, id: string, props: RetailEdgeStackProps) {
    super(scope, id, { description: 'CloudFront, web ACL and names', ...props, env: { ...props.env, region: 'us-east-1' } });
    const { doors, data, system } = props;
    const { removalPolicy } = system;
    const endpoint = system.endpoint ?? PublicEndpoint.cloudFrontDomain();
    // Alarms of another region cannot tell a topic of ours.
    const alarmActions = data.region === this.region ? [data.alarms] : undefined;
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { acceptsCloudFrontLogs: true, removalPolicy });
    this.webAcl = new TradingWebAcl(this, 'WebAcl', { removalPolicy, alarmActions });
    if (doors.length > 1) {
      const { home, nearest } = originNames(endpoint)!;
      this.router = new RegionRouter(this, 'Router', { homeName: home, nearestName: nearest, originSecret: data.originSecret! });
      this.addNames(doors, endpoint, alarmActions);
    }
    const { domainName } = endpoint;
    this.site = new StaticSite(this, 'Site', {
      webAcl: this.webAcl.webAcl,
      endpoint,
      behaviors: this.router?.behaviors ?? toLoadBalancer(this, doors[0].ingress, endpoint),
      connectTo: [
        ...(domainName === undefined ? [] : [`wss://${domainName}`]),
        // The application exchanges the code of a sign-in for tokens there.
        ...(data.federation === undefined ? [] : [data.federation.domain.baseUrl()]),
      ],
      geoRestriction: system.geoRestriction,
      accessLogs: this.accessLogs.bucket,
      alarmActions,
      removalPolicy,
    });
    acceptSite(this.site, endpoint);
  }

  private addNames(doors: RetailDoor[], endpoint: PublicEndpoint, alarmActions?: cloudwatch.IAlarmAction[]): void {
    const { nearest, home } = originNames(endpoint)!;
    const hostedZone = endpoint.hostedZone!;
    const endpoints = doors.map(({ region, ingress, healthAlarm }): DnsEndpoint => ({
      region,
      target: new targets.LoadBalancerTarget(ingress.loadBalancer),
      // From outside nobody but CloudFront reaches a load balancer, so Route 53 looks at an alarm instead.
      healthCheck: new route53.HealthCheck(this, `Health-${region}`, {
        type: route53.HealthCheckType.CLOUDWATCH_METRIC,
        alarmIdentifier: { name: healthAlarm.alarmName, region },
        insufficientDataHealthStatus: route53.InsufficientDataHealthStatusEnum.UNHEALTHY,
      }),
    }));
    this.names.push(
      new FailoverDns(this, 'HomeName', { hostedZone, domainName: home, routing: DnsRouting.simple(endpoints[0].target), alarmActions }),
      new FailoverDns(this, 'NearestName', { hostedZone, domainName: nearest, routing: DnsRouting.latency(endpoints), alarmActions }),
    );
  }
}

/** One region: an internal load balancer behind a VPC origin. */
function toLoadBalancer(
  scope: Construct, { loadBalancer }: TradingLoadBalancer, endpoint: PublicEndpoint,
): { [path: string]: cloudfront.BehaviorOptions } {
  const { origin, requestPolicy } = EdgeOrigin.internalLoadBalancer(loadBalancer)._bind(scope, endpoint);
  return Object.fromEntries(API_PATHS.map((path) => [path, apiBehavior(origin, requestPolicy)]));
}
