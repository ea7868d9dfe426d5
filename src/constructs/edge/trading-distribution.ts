import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { CachedRoute } from './cached-route';
import { EdgeOrigin } from './edge-origin';
import { PublicEndpoint } from './public-endpoint';
import { alarm } from '../../private/alarms';
import { checkCountries } from '../../private/countries';
import { checkWebAclScope, edgeCertificate } from '../../private/edge-parts';
import { checkCachedRoutes } from '../../private/edge-routes';
import { Faults } from '../../private/faults';
import { RestApiRoute } from '../ingress/rest-api-route';

/** Properties of `TradingDistribution`. */
export interface TradingDistributionProps {
  /**
   * Internal load balancer that CloudFront reaches through a VPC origin: `EdgeOrigin.internalLoadBalancer`, said shortly.
   *
   * @default - `origin`; one of the two must be given
   */
  readonly loadBalancer?: elbv2.IApplicationLoadBalancer;

  /**
   * Where requests go.
   *
   * @default - `loadBalancer`; one of the two must be given
   */
  readonly origin?: EdgeOrigin;

  /**
   * How users reach the platform.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /** Web ACL of scope CLOUDFRONT. */
  readonly webAcl: wafv2.IWebACLRef;

  /**
   * Paths of public market data that are answered from the cache for some seconds. Everything else is never cached.
   *
   * @default - nothing is cached
   */
  readonly cachedRoutes?: CachedRoute[];

  /**
   * What the API answers, with what needs a token: the same list as `TradingRestApi` has. A cached path that meets one of a signed-in
   * user is an error.
   *
   * @default - not known; needed with `cachedRoutes`
   */
  readonly routes?: RestApiRoute[];

  /**
   * Countries that are served or not, as ISO 3166-1 alpha-2 codes.
   *
   * @default - all are served
   */
  readonly geoRestriction?: cloudfront.GeoRestriction;

  /**
   * Bucket for the access logs; it must accept CloudFront's.
   *
   * @default - access is not logged
   */
  readonly accessLogs?: s3.IBucket;

  /**
   * Share of failed requests, in percent, above which the alarm fires.
   *
   * @default 1
   */
  readonly errorThreshold?: number;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * The only public door of a platform: a CloudFront distribution behind a web ACL, in front of a load balancer or an API. Requests and
 * WebSockets pass through uncached but for the paths of public market data that are named; plain HTTP is redirected. Best put into a stack
 * in us-east-1; elsewhere its certificate is made in a stack beside it.
 */
export class TradingDistribution extends Construct {
  /** The distribution. */
  public readonly distribution: cloudfront.Distribution;
  /** URL of the platform, with `https://` and without a slash at the end. */
  public readonly url: string;
  /** Certificate of the custom name; undefined at CloudFront's own. */
  public readonly certificate?: acm.ICertificate;
  /** Records of the custom name; empty without a hosted zone. */
  public readonly records: route53.RecordSet[];
  /** How long answers are kept, one policy for routes of the same time and parameters. */
  public readonly cachePolicies: cloudfront.CachePolicy[] = [];
  /** Fires when too many requests fail on our side; undefined outside us-east-1, where CloudFront publishes no metrics. */
  public readonly errorAlarm?: cloudwatch.Alarm;

  public constructor(scope: Construct, id: string, props: TradingDistributionProps) {
    super(scope, id);
    const endpoint = props.endpoint ?? PublicEndpoint.cloudFrontDomain();
    const { domainName, hostedZone } = endpoint;
    const cached = props.cachedRoutes ?? [];
    const threshold = props.errorThreshold ?? 1;
    const faults = new Faults(this.node.path);
    faults.check((props.loadBalancer === undefined) !== (props.origin === undefined), '`loadBalancer` or `origin` must be given, and not both: they say where requests go');
    faults.check(Token.isUnresolved(threshold) || (threshold > 0 && threshold <= 100), `\`errorThreshold\` must be above 0 and at most 100 percent, got: ${threshold}`);
    checkCachedRoutes(faults, cached, props.routes);
    checkCountries(faults, props.geoRestriction);
    checkWebAclScope(faults, props.webAcl);
    faults.throwIfAny();
    this.certificate = edgeCertificate(this, endpoint);
    const origin = (props.origin ?? EdgeOrigin.internalLoadBalancer(props.loadBalancer!))._bind(this, endpoint);
    const common = {
      origin: origin.origin,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
    };
    this.distribution = new cloudfront.Distribution(this, 'Resource', {
      comment: 'Trading platform',
      defaultBehavior: {
        ...common,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        originRequestPolicy: origin.requestPolicy,
        functionAssociations: origin.functionAssociations,
      },
      additionalBehaviors: cached.length === 0 ? undefined : Object.fromEntries(cached.map((route) => [route.path, {
        ...common,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: this.cachePolicy(route),
        originRequestPolicy: origin.cachedRequestPolicy,
        compress: true,
      }])),
      ...(domainName === undefined ? {} : {
        domainNames: [domainName],
        certificate: this.certificate,
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      geoRestriction: props.geoRestriction,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: props.webAcl.webAclRef.webAclArn,
      ...(props.accessLogs === undefined ? {} : { enableLogging: true, logBucket: props.accessLogs, logFilePrefix: 'cloudfront/' }),
    });
    this.url = `https://${domainName ?? this.distribution.distributionDomainName}`;
    this.records = hostedZone === undefined || domainName === undefined ? [] : this.alias(hostedZone, domainName);
    this.errorAlarm = this.createAlarm(threshold, props.alarmActions);
  }

  /** Share of responses of the 5xx class, in percent. Average of one minute unless said otherwise. Published in us-east-1. */
  public metricServerErrorRate(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.distribution.metric5xxErrorRate({ period: Duration.minutes(1), ...options });
  }

  /** Requests. Sum over one minute unless said otherwise. Published in us-east-1. */
  public metricRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.distribution.metricRequests({ period: Duration.minutes(1), ...options });
  }

  /** AWS allows an account few cache policies, so routes that are kept alike share one. */
  private cachePolicy({ ttl, queryParameters }: CachedRoute): cloudfront.CachePolicy {
    const names = [...new Set(queryParameters)].sort();
    const id = ['Cache', String(ttl.toSeconds()), ...names].join('-');
    const known = this.node.tryFindChild(id) as cloudfront.CachePolicy | undefined;
    if (known !== undefined) return known;
    const policy = new cloudfront.CachePolicy(this, id, {
      comment: `Public market data, ${ttl.toSeconds()} s`,
      // No minimum: an origin that answers no-store is obeyed.
      minTtl: Duration.seconds(0),
      defaultTtl: ttl,
      maxTtl: ttl,
      cookieBehavior: cloudfront.CacheCookieBehavior.none(),
      headerBehavior: cloudfront.CacheHeaderBehavior.none(),
      queryStringBehavior: names.length === 0 ? cloudfront.CacheQueryStringBehavior.none() : cloudfront.CacheQueryStringBehavior.allowList(...names),
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    });
    this.cachePolicies.push(policy);
    return policy;
  }

  private createAlarm(threshold: number, actions?: cloudwatch.IAlarmAction[]): cloudwatch.Alarm | undefined {
    const { region } = Stack.of(this);
    if (!Token.isUnresolved(region) && region !== 'us-east-1') {
      Annotations.of(this).addWarningV2('cdk-trading-platform:distributionWithoutAlarm',
        `CloudFront publishes its metrics in us-east-1 only, so there is no alarm in ${region}; move the stack to us-east-1`);
      return undefined;
    }
    return alarm(this, 'ErrorAlarm', {
      metric: this.metricServerErrorRate(),
      description: `More than ${threshold} % of the requests at the edge fail on our side.`,
      threshold,
      periods: 3,
      actions,
    });
  }

  private alias(zone: route53.IHostedZone, recordName: string): route53.RecordSet[] {
    const target = route53.RecordTarget.fromAlias(new targets.CloudFrontTarget(this.distribution));
    return [
      new route53.ARecord(this, 'Ipv4', { zone, recordName, target }),
      new route53.AaaaRecord(this, 'Ipv6', { zone, recordName, target }),
    ];
  }
}
