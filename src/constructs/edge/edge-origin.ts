import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { OriginSecret } from './origin-secret';
import { PublicEndpoint } from './public-endpoint';
import { Faults } from '../../private/faults';

/** A load balancer with a public address that only our distribution should be able to use. */
export interface PublicLoadBalancerOriginOptions {
  /** Secret that the distribution adds to each request. The load balancer, or the web ACL before it, asks for it. */
  readonly originSecret: OriginSecret;

  /**
   * Name in the load balancer's certificate, with a record that leads to the load balancer.
   *
   * @default - the custom name of the endpoint, which the load balancer's certificate must then be for
   */
  readonly domainName?: string;
}

/** A REST API that only our distribution should be able to use. */
export interface RestApiOriginOptions {
  /**
   * Secret that the distribution adds to each request. The web ACL of the stage asks for it.
   *
   * @default - none, with a warning: the API's own address leads past the distribution and its web ACL
   */
  readonly originSecret?: OriginSecret;

  /**
   * Header in which each request takes its query along exactly as it was sent. API Gateway passes on what it made of the query, in which
   * neither order nor escapes need be the client's, so that a service cannot check a signature over it.
   *
   * @default - none
   */
  readonly rawQueryHeader?: string;
}

/** What an origin becomes in a distribution. */
interface BoundOrigin {
  readonly origin: cloudfront.IOrigin;
  /** What a request that is not cached takes along. */
  readonly requestPolicy: cloudfront.IOriginRequestPolicyRef;
  /** What a request for a cached answer takes along: never cookies, never a token. */
  readonly cachedRequestPolicy?: cloudfront.IOriginRequestPolicyRef;
  /** What is done to requests that are not cached, at the edge. */
  readonly functionAssociations?: cloudfront.FunctionAssociation[];
}

const { ALL_VIEWER, ALL_VIEWER_EXCEPT_HOST_HEADER, HOST_HEADER_ONLY } = cloudfront.OriginRequestPolicy;
const READ_TIMEOUT = Duration.seconds(30);
const KEEPALIVE_TIMEOUT = Duration.seconds(60);
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,39}$/;

/** Where a distribution sends requests. */
export class EdgeOrigin {
  /**
   * A load balancer without a public address, through a VPC origin. Its VPC needs an internet gateway, to which no route has to lead.
   * CloudFront speaks HTTPS to it at a custom name and HTTP inside AWS's network at CloudFront's own.
   *
   * @param loadBalancer the load balancer; it must let in CloudFront's addresses
   */
  public static internalLoadBalancer(loadBalancer: elbv2.IApplicationLoadBalancer): EdgeOrigin {
    return new EdgeOrigin((_scope, endpoint) => ({
      origin: origins.VpcOrigin.withApplicationLoadBalancer(loadBalancer, {
        protocolPolicy: endpoint.isCustom ? cloudfront.OriginProtocolPolicy.HTTPS_ONLY : cloudfront.OriginProtocolPolicy.HTTP_ONLY,
        readTimeout: READ_TIMEOUT,
        keepaliveTimeout: KEEPALIVE_TIMEOUT,
      }),
      // The Host header too: the load balancer's certificate is the custom name's.
      requestPolicy: ALL_VIEWER,
      cachedRequestPolicy: HOST_HEADER_ONLY,
    }));
  }

  /**
   * A load balancer with a public address, over HTTPS only. Let in CloudFront's addresses alone (`ManagedPrefixLists`, or the exposure
   * of `TradingLoadBalancer`), and have the secret asked for.
   *
   * @param loadBalancer the load balancer
   * @param options the secret, and the name in the load balancer's certificate
   */
  public static publicLoadBalancer(loadBalancer: elbv2.IApplicationLoadBalancer, options: PublicLoadBalancerOriginOptions): EdgeOrigin {
    const { originSecret, domainName } = options;
    return new EdgeOrigin((scope, endpoint) => {
      const faults = new Faults(scope.node.path);
      faults.check(domainName !== undefined || endpoint.isCustom,
        '`domainName` of the public load balancer must be given where the endpoint has no custom name: CloudFront compares it with the load balancer\'s certificate, which can never be for AWS\'s own name of it');
      faults.throwIfAny();
      return {
        origin: new origins.HttpOrigin(domainName ?? loadBalancer.loadBalancerDnsName, {
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
          readTimeout: READ_TIMEOUT,
          keepaliveTimeout: KEEPALIVE_TIMEOUT,
          customHeaders: { [originSecret.headerName]: originSecret._textIn(scope) },
        }),
        // With a name of its own the load balancer sees that one, so its certificate fits.
        requestPolicy: domainName === undefined ? ALL_VIEWER : ALL_VIEWER_EXCEPT_HOST_HEADER,
        cachedRequestPolicy: domainName === undefined ? HOST_HEADER_ONLY : undefined,
      };
    });
  }

  /**
   * A stage of a REST API. The stage's name is put before each path.
   *
   * @param stage the stage, such as `TradingRestApi.stage`
   * @param options the secret that the stage's web ACL asks for
   */
  public static restApi(stage: apigateway.IStage, options: RestApiOriginOptions = {}): EdgeOrigin {
    const { originSecret, rawQueryHeader } = options;
    return new EdgeOrigin((scope) => {
      const faults = new Faults(scope.node.path);
      faults.check(rawQueryHeader === undefined || Token.isUnresolved(rawQueryHeader) || HEADER_NAME.test(rawQueryHeader),
        `\`rawQueryHeader\` must be the name of a header, at most 40 letters, digits and hyphens, got: '${rawQueryHeader}'`);
      faults.throwIfAny();
      if (originSecret === undefined) {
        Annotations.of(scope).addWarningV2('cdk-trading-platform:edgeOriginOpen',
          'the REST API can be called at its own address, past the distribution and its web ACL; pass `originSecret` here, and to the RegionalWebAcl of the stage as one of `originSecrets`');
      }
      const { region, urlSuffix } = Stack.of(stage);
      return {
        origin: new origins.HttpOrigin(`${stage.restApi.restApiId}.execute-api.${region}.${urlSuffix}`, {
          originPath: `/${stage.stageName}`,
          protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
          readTimeout: READ_TIMEOUT,
          keepaliveTimeout: KEEPALIVE_TIMEOUT,
          ...(originSecret === undefined ? {} : { customHeaders: { [originSecret.headerName]: originSecret._textIn(scope) } }),
        }),
        // API Gateway finds the API by its own host name.
        requestPolicy: ALL_VIEWER_EXCEPT_HOST_HEADER,
        ...(rawQueryHeader === undefined ? {} : { functionAssociations: [rawQueryAssociation(scope, rawQueryHeader)] }),
      };
    });
  }

  private constructor(private readonly make: (scope: Construct, endpoint: PublicEndpoint) => BoundOrigin) {}

  /**
   * The origin in a distribution.
   *
   * @internal
   */
  public _bind(scope: Construct, endpoint: PublicEndpoint): BoundOrigin {
    return this.make(scope, endpoint);
  }
}

/** Writes the query into a header, and lets nobody else write there. What would not fit API Gateway's headers stays out. */
function rawQueryAssociation(scope: Construct, header: string): cloudfront.FunctionAssociation {
  const code = `function handler(event) {
  var request = event.request;
  var query = request.rawQueryString();
  delete request.headers['${header.toLowerCase()}'];
  if (query && query.length <= 4096) request.headers['${header.toLowerCase()}'] = { value: query };
  return request;
}`;
  const fn = new cloudfront.Function(scope, 'RawQuery', {
    comment: 'Takes the query along as it was sent',
    code: cloudfront.FunctionCode.fromInline(code),
    // Version 1 knows the query's parameters only.
    runtime: cloudfront.FunctionRuntime.JS_2_0,
  });
  return { eventType: cloudfront.FunctionEventType.VIEWER_REQUEST, function: fn };
}
