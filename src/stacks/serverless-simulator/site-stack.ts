import { join } from 'node:path';
import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as s3deploy from 'aws-cdk-lib/aws-s3-deployment';
import { Construct } from 'constructs';
import { acceptCloudFrontName, acceptPageDeployment } from './acknowledgements';
import { OriginSecret } from '../../constructs/edge/origin-secret';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { StaticSite } from '../../constructs/edge/static-site';
import { TradingWebAcl } from '../../constructs/edge/trading-web-acl';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';
import { assetDirectory } from '../../private/assets';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `SimulatorSiteStack`. */
export interface SimulatorSiteStackProps extends TradingStackProps {
  /** URL of the API with its stage, without a slash at the end. */
  readonly apiUrl: string;
  /** What is added to requests to the API. */
  readonly originSecret: OriginSecret;
  /**
   * URL of the live prices.
   *
   * @default - none
   */
  readonly streamUrl?: string;
  /**
   * How users reach the site.
   *
   * @default PublicEndpoint.cloudFrontDomain()
   */
  readonly endpoint?: PublicEndpoint;
  /**
   * Who is told when an alarm of the edge changes its state; they must be in us-east-1.
   *
   * @default - nobody; the alarms exist
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
  /**
   * What happens to files and logs when they leave the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** The page and, below `/v1`, the API: one name for both, so that no browser asks for leave. Always in us-east-1. */
export class SimulatorSiteStack extends TradingStack {
  /** Web ACL of the distribution. */
  public readonly webAcl: TradingWebAcl;
  /** Access logs of the distribution. */
  public readonly accessLogs: AccessLogBucket;
  /** The page. */
  public readonly site: StaticSite;
  /** Writes the page when it is deployed. */
  public readonly pages: s3deploy.BucketDeployment;

  public constructor(scope: Construct, id: string, props: SimulatorSiteStackProps) {
    super(scope, id, { description: 'Page, CloudFront and its web ACL', ...props, env: { ...props.env, region: 'us-east-1' } });
    const { removalPolicy, streamUrl, originSecret, alarmActions } = props;
    this.accessLogs = new AccessLogBucket(this, 'AccessLogs', { acceptsCloudFrontLogs: true, removalPolicy });
    this.webAcl = new TradingWebAcl(this, 'WebAcl', { alarmActions, removalPolicy });
    const [, , host] = [0, 1, 2].map((index) => Fn.select(index, Fn.split('/', props.apiUrl)));
    this.site = new StaticSite(this, 'Site', {
      webAcl: this.webAcl.webAcl,
      endpoint: props.endpoint,
      accessLogs: this.accessLogs.bucket,
      alarmActions,
      removalPolicy,
      connectTo: streamUrl === undefined ? undefined : [Fn.join('', ['wss://', Fn.select(2, Fn.split('/', streamUrl))])],
      behaviors: {
        '/v1/*': {
          origin: new origins.HttpOrigin(host, {
            originPath: '/live',
            originId: 'Api',
            originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
            customHeaders: { [originSecret.headerName]: originSecret._textIn(this) },
          }),
          viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
          allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
          cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
          // The host would be CloudFront's, which API Gateway does not know.
          originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
          responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
        },
      },
    });
    this.pages = new s3deploy.BucketDeployment(this, 'Pages', {
      destinationBucket: this.site.bucket,
      distribution: this.site.distribution,
      sources: [
        s3deploy.Source.asset(join(assetDirectory('serverless-api'), 'page')),
        s3deploy.Source.jsonData('config.json', { streamUrl: streamUrl ?? '' }),
      ],
      // Files of a front end that comes later stay where they are.
      prune: false,
      memoryLimit: 256,
    });
    acceptCloudFrontName(this.site, props.endpoint);
    acceptPageDeployment(this.pages, this.site);
  }
}
