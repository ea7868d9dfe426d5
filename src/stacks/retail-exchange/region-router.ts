import { Duration } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { apiBehavior } from './api-behavior';
import { OriginSecret } from '../../constructs/edge/origin-secret';

/** Properties of `RegionRouter`. */
export interface RegionRouterProps {
  /** Name that leads to the load balancer of the home region. */
  readonly homeName: string;

  /** Name that leads to that of the nearest region. */
  readonly nearestName: string;

  /** What the load balancers ask for. */
  readonly originSecret: OriginSecret;
}

/** Id of the home region's origin in the distribution. */
const HOME = 'home';

/** A request that may change something is answered where it can be; whatever is new and unknown goes there too. */
const ROUTER = `import cf from 'cloudfront';
function handler(event) {
  var request = event.request;
  if (request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS') cf.selectRequestOriginById('${HOME}');
  return request;
}`;

/** What only the home region knows: its matcher's books, its events, its operators, who is signed in and may do what, what users keep there. */
const HOME_PATHS = [
  '/v1/stream', '/v1/book/*', '/v1/status', '/v1/sessions*', '/v1/sign-in*', '/v1/api-keys*', '/v1/access', '/v1/trade-journal*', '/api/v3/*', '/ws*', '/stream*',
  '/v1/admin/*',
];
const NEAREST_PATHS = ['/v1/*', '/health'];

/**
 * Leads what writes to the home region and what reads to the nearest one. CloudFront resolves the name of the nearest region where the
 * user's edge location is, so its latency records choose for the user.
 */
export class RegionRouter extends Construct {
  /** Chooses by the method of a request. */
  public readonly routerFunction: cloudfront.Function;
  /** Paths of the API and where they lead, the more exact ones first. */
  public readonly behaviors: { [path: string]: cloudfront.BehaviorOptions };

  public constructor(scope: Construct, id: string, props: RegionRouterProps) {
    super(scope, id);
    this.routerFunction = new cloudfront.Function(this, 'Function', {
      comment: 'What writes goes to the home region',
      code: cloudfront.FunctionCode.fromInline(ROUTER),
      runtime: cloudfront.FunctionRuntime.JS_2_0,
    });
    const home = this.origin(props.homeName, props.originSecret, HOME);
    const nearest = this.origin(props.nearestName, props.originSecret, 'nearest');
    // The load balancers have certificates for their own names, so the viewer's Host header stays behind.
    const policy = cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER;
    const chosen = {
      ...apiBehavior(nearest, policy),
      functionAssociations: [{ eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: this.routerFunction }],
    };
    this.behaviors = {
      ...Object.fromEntries(HOME_PATHS.map((path) => [path, apiBehavior(home, policy)])),
      ...Object.fromEntries(NEAREST_PATHS.map((path) => [path, chosen])),
    };
  }

  private origin(domainName: string, originSecret: OriginSecret, originId: string): cloudfront.IOrigin {
    return new origins.HttpOrigin(domainName, {
      originId,
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
      readTimeout: Duration.seconds(30),
      keepaliveTimeout: Duration.seconds(60),
      customHeaders: { [originSecret.headerName]: originSecret._textIn(this) },
    });
  }
}
