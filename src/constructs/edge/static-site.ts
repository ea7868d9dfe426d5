import { Annotations, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { PublicEndpoint } from './public-endpoint';
import { StaticSiteGrants } from './static-site-grants';
import { alarm } from '../../private/alarms';
import { checkCountries } from '../../private/countries';
import { checkWebAclScope, edgeCertificate } from '../../private/edge-parts';
import { Faults } from '../../private/faults';

/** Properties of `StaticSite`. */
export interface StaticSiteProps {
  /** Web ACL of scope CLOUDFRONT. */
  readonly webAcl: wafv2.IWebACLRef;

  /**
   * How users reach the site.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /**
   * Bucket with the files. A given bucket must let the distribution read it.
   *
   * @default - a private, versioned bucket is defined
   */
  readonly bucket?: s3.IBucket;

  /**
   * Origins besides its own that the pages may call, such as `wss://trade.example.com`.
   *
   * @default - none
   */
  readonly connectTo?: string[];

  /**
   * Content security policy of the pages, in place of the whole default.
   *
   * @default - everything from the site itself, connections also to `connectTo`, no frames, no plug-ins
   */
  readonly contentSecurityPolicy?: string;

  /**
   * Paths that go elsewhere, such as `/v1/*` to an API.
   *
   * @default - none
   */
  readonly behaviors?: { [path: string]: cloudfront.BehaviorOptions };

  /**
   * Countries that are served or not, as ISO 3166-1 alpha-2 codes.
   *
   * @default - all are served
   */
  readonly geoRestriction?: cloudfront.GeoRestriction;

  /**
   * Bucket for the access logs of the distribution and of the bucket; it must accept CloudFront's.
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

  /**
   * What happens to the bucket when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Paths of a single-page application are pages of its router; files have an extension. */
const SPA = `function handler(event) {
  var request = event.request;
  if (request.uri.slice(request.uri.lastIndexOf('/') + 1).indexOf('.') === -1) request.uri = '/index.html';
  return request;
}`;

/**
 * A single-page application: files in a private bucket that only CloudFront reads, every page answered by `index.html`, strict
 * security headers. Hashed files below `/assets/` are cached for a year, pages for a minute. Best put into a stack in us-east-1;
 * elsewhere its certificate is made in a stack beside it.
 */
export class StaticSite extends Construct {
  /** The files. */
  public readonly bucket: s3.IBucket;
  /** The distribution. */
  public readonly distribution: cloudfront.Distribution;
  /** Headers of the pages. */
  public readonly responseHeaders: cloudfront.ResponseHeadersPolicy;
  /** Turns paths of pages into `index.html`. */
  public readonly pageFunction: cloudfront.Function;
  /** Certificate of the custom name; undefined at CloudFront's own. */
  public readonly certificate?: acm.ICertificate;
  /** Records of the custom name; empty without a hosted zone. */
  public readonly records: route53.RecordSet[] = [];
  /** Fires when more requests fail than allowed. */
  public readonly errorAlarm: cloudwatch.Alarm;
  /** What others may do. */
  public readonly grants: StaticSiteGrants;
  /** URL of the site, with `https://` and without a slash at the end. */
  public readonly url: string;

  public constructor(scope: Construct, id: string, props: StaticSiteProps) {
    super(scope, id);
    const endpoint = props.endpoint ?? PublicEndpoint.cloudFrontDomain();
    const { domainName, hostedZone } = endpoint;
    const errorThreshold = props.errorThreshold ?? 1;
    const faults = new Faults(this.node.path);
    for (const origin of props.connectTo ?? []) {
      faults.check(Token.isUnresolved(origin) || /^(https|wss):\/\/[a-z0-9.*-]+(:\d+)?$/.test(origin), `\`connectTo\` must hold origins such as 'wss://trade.example.com', got: '${origin}'`);
    }
    faults.check(props.contentSecurityPolicy === undefined || props.connectTo === undefined, '`connectTo` is part of the default policy; write it into `contentSecurityPolicy` instead');
    faults.check(Token.isUnresolved(errorThreshold) || (errorThreshold > 0 && errorThreshold <= 100), `\`errorThreshold\` must be above 0 and at most 100 percent, got: ${errorThreshold}`);
    checkCountries(faults, props.geoRestriction);
    checkWebAclScope(faults, props.webAcl);
    faults.throwIfAny();

    const { region } = Stack.of(this);
    if (!Token.isUnresolved(region) && region !== 'us-east-1') {
      Annotations.of(this).addWarningV2('cdk-trading-platform:staticSiteAlarmElsewhere',
        `CloudFront publishes its metrics in us-east-1 only, so the alarm in ${region} never fires; move the stack to us-east-1`);
    }
    this.bucket = props.bucket ?? this.createBucket(props);
    this.certificate = edgeCertificate(this, endpoint);
    this.responseHeaders = this.createHeaders(props.contentSecurityPolicy ?? defaultPolicy(props.connectTo ?? []));
    this.pageFunction = new cloudfront.Function(this, 'Pages', {
      comment: 'Every page of the application is index.html',
      code: cloudfront.FunctionCode.fromInline(SPA),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
    });
    const files: cloudfront.BehaviorOptions = {
      origin: origins.S3BucketOrigin.withOriginAccessControl(this.bucket),
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_GET_HEAD,
      responseHeadersPolicy: this.responseHeaders,
      compress: true,
    };
    this.distribution = new cloudfront.Distribution(this, 'Resource', {
      comment: 'Static site',
      defaultRootObject: 'index.html',
      defaultBehavior: {
        ...files,
        cachePolicy: new cloudfront.CachePolicy(this, 'PageCache', {
          comment: 'Pages: a new release is seen within a minute',
          minTtl: Duration.seconds(0), defaultTtl: Duration.minutes(1), maxTtl: Duration.minutes(1),
          enableAcceptEncodingBrotli: true, enableAcceptEncodingGzip: true,
        }),
        functionAssociations: [{ eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.pageFunction }],
      },
      additionalBehaviors: {
        '/assets/*': { ...files, cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED },
        ...props.behaviors,
      },
      ...(domainName === undefined ? {} : {
        domainNames: [domainName],
        certificate: this.certificate,
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      geoRestriction: props.geoRestriction,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      publishAdditionalMetrics: true,
      webAclId: props.webAcl.webAclRef.webAclArn,
      ...(props.accessLogs === undefined ? {} : { enableLogging: true, logBucket: props.accessLogs, logFilePrefix: 'static-site/' }),
    });
    this.url = `https://${domainName ?? this.distribution.distributionDomainName}`;
    if (hostedZone !== undefined && domainName !== undefined) {
      const target = route53.RecordTarget.fromAlias(new targets.CloudFrontTarget(this.distribution));
      this.records.push(
        new route53.ARecord(this, 'Ipv4', { zone: hostedZone, recordName: domainName, target }),
        new route53.AaaaRecord(this, 'Ipv6', { zone: hostedZone, recordName: domainName, target }),
      );
    }
    this.grants = new StaticSiteGrants(this.bucket, this.distribution);
    this.errorAlarm = alarm(this, 'ErrorAlarm', {
      metric: this.metricServerErrorRate(),
      description: `More than ${errorThreshold} % of the requests to the static site fail on our side.`,
      threshold: errorThreshold,
      periods: 3,
      actions: props.alarmActions,
    });
  }

  /** Share of responses of the 5xx class, in percent. Average of one minute unless said otherwise. */
  public metricServerErrorRate(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.distribution.metric5xxErrorRate({ period: Duration.minutes(1), ...options });
  }

  /** Requests. Sum over one minute unless said otherwise. */
  public metricRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.distribution.metricRequests({ period: Duration.minutes(1), ...options });
  }

  private createBucket(props: StaticSiteProps): s3.Bucket {
    const bucket = new s3.Bucket(this, 'Bucket', {
      // The files are public; S3's own keys spare a request to KMS for each of them.
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    if (props.accessLogs !== undefined) {
      // Set on the resource itself: the prop of the L2 gives the log bucket an access control list unless a feature flag is on.
      (bucket.node.defaultChild as s3.CfnBucket).loggingConfiguration = { destinationBucketName: props.accessLogs.bucketName, logFilePrefix: 'static-site-bucket/' };
    }
    return bucket;
  }

  private createHeaders(contentSecurityPolicy: string): cloudfront.ResponseHeadersPolicy {
    return new cloudfront.ResponseHeadersPolicy(this, 'Headers', {
      comment: 'Security headers of the static site',
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          { header: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=(), payment=()', override: true },
          { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', override: true },
        ],
      },
    });
  }
}

function defaultPolicy(connectTo: string[]): string {
  return [
    "default-src 'self'",
    `connect-src ${["'self'", ...connectTo].join(' ')}`,
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}
