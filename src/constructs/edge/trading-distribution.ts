import { Duration } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { PublicEndpoint } from './public-endpoint';

/** Properties of `TradingDistribution`. */
export interface TradingDistributionProps {
  /** Internal load balancer that CloudFront reaches through a VPC origin. */
  readonly loadBalancer: elbv2.IApplicationLoadBalancer;

  /**
   * How users reach the platform.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;

  /** Web ACL of scope CLOUDFRONT. */
  readonly webAcl: wafv2.IWebACLRef;

  /**
   * Bucket for the access logs; it must accept CloudFront's.
   *
   * @default - access is not logged
   */
  readonly accessLogs?: s3.IBucket;
}

/**
 * The only public door of a platform: a CloudFront distribution behind a web ACL, in front of a load balancer that has no public
 * address. Requests and WebSockets pass through uncached; plain HTTP is redirected. Its stack must be in us-east-1.
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

  public constructor(scope: Construct, id: string, props: TradingDistributionProps) {
    super(scope, id);
    const endpoint = props.endpoint ?? PublicEndpoint.cloudFrontDomain();
    const { domainName, hostedZone } = endpoint;
    this.certificate = endpoint.certificate ?? (domainName === undefined ? undefined : new acm.Certificate(this, 'Certificate', {
      domainName,
      validation: acm.CertificateValidation.fromDns(hostedZone),
    }));
    this.distribution = new cloudfront.Distribution(this, 'Resource', {
      comment: 'Trading platform',
      defaultBehavior: {
        origin: origins.VpcOrigin.withApplicationLoadBalancer(props.loadBalancer, {
          protocolPolicy: endpoint.isCustom ? cloudfront.OriginProtocolPolicy.HTTPS_ONLY : cloudfront.OriginProtocolPolicy.HTTP_ONLY,
          readTimeout: Duration.seconds(30),
          keepaliveTimeout: Duration.seconds(60),
        }),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
        cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
        // The Host header too: the load balancer's certificate is the custom name's.
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER,
        responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
      },
      ...(domainName === undefined ? {} : {
        domainNames: [domainName],
        certificate: this.certificate,
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      webAclId: props.webAcl.webAclRef.webAclArn,
      ...(props.accessLogs === undefined ? {} : { enableLogging: true, logBucket: props.accessLogs, logFilePrefix: 'cloudfront/' }),
    });
    this.url = `https://${domainName ?? this.distribution.distributionDomainName}`;
    this.records = hostedZone === undefined || domainName === undefined ? [] : this.alias(hostedZone, domainName);
  }

  private alias(zone: route53.IHostedZone, recordName: string): route53.RecordSet[] {
    const target = route53.RecordTarget.fromAlias(new targets.CloudFrontTarget(this.distribution));
    return [
      new route53.ARecord(this, 'Ipv4', { zone, recordName, target }),
      new route53.AaaaRecord(this, 'Ipv6', { zone, recordName, target }),
    ];
  }
}
