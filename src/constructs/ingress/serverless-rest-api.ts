import { Annotations, Duration, Size, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { ApiGatewayLogging } from './api-gateway-logging';
import { ApiOptions } from './api-options';
import { RestApiBase } from './rest-api-base';
import { RestApiRoute } from './rest-api-route';
import { checkThrottle } from '../../private/api-checks';
import { encryptedLogs, logKey } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { checkRoutes, pathParameters } from '../../private/rest-routes';
import { addRefusals, executeApiUrl, executionLogs, protectStage, requestRules, REST_STAGE, restAccessLogFormat } from '../../private/rest-stage';

/** One route of a REST API and the function that answers it. */
export interface FunctionRoute extends RestApiRoute {
  /** Function that answers, with the proxy integration. */
  readonly handler: lambda.IFunction;

  /**
   * How long API Gateway keeps an answer for everybody, from 1 second to an hour: for what is the same for all callers. Kept apart by the
   * path's parameters and by `cacheQuery`. Any such route gives the stage a cache, which is paid by the hour.
   *
   * @default - every request reaches the function
   */
  readonly cacheTtl?: Duration;

  /**
   * Query parameters that the answer depends on.
   *
   * @default - none
   */
  readonly cacheQuery?: string[];
}

/** Properties of `ServerlessRestApi`. */
export interface ServerlessRestApiProps extends ApiOptions {
  /** What the API answers, and with which function; everything else is 403. */
  readonly routes: FunctionRoute[];

  /** Pools whose tokens are accepted. */
  readonly userPools: cognito.IUserPool[];

  /**
   * Web ACL of scope REGIONAL in front of the stage.
   *
   * @default - none, with a warning
   */
  readonly webAcl?: wafv2.IWebACLRef;

  /**
   * Size of the cache when a route has a `cacheTtl`: 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118 or 237 GiB.
   *
   * @default - 0.5 GiB
   */
  readonly cacheSizeGiB?: string;

  /**
   * Response time that 99 of 100 requests must keep, a cold start now and then included; the latency alarm fires above it.
   *
   * @default Duration.seconds(1)
   */
  readonly latencyTarget?: Duration;
}

const CACHE_SIZES = ['0.5', '1.6', '6.1', '13.5', '28.4', '58.2', '118', '237'];

/**
 * REST API in API Gateway whose routes are functions: no network, no hour that is paid for without requests, unless a route is cached.
 * Tokens are checked against Cognito and bodies against their schema before a function is called. For a load balancer behind it see
 * `TradingRestApi`.
 */
export class ServerlessRestApi extends RestApiBase {
  /** The API. */
  public readonly restApi: apigateway.RestApi;
  /** Its only stage. */
  public readonly stage: apigateway.Stage;
  /** Checks tokens; undefined when all routes are public. */
  public readonly authorizer?: apigateway.CognitoUserPoolsAuthorizer;
  /** Checks bodies and parameters. */
  public readonly requestValidator: apigateway.RequestValidator;
  /** Who asked for what, with which result: no tokens, no bodies. */
  public readonly accessLogs: logs.LogGroup;
  /** What API Gateway itself did wrong. */
  public readonly executionLogs: logs.LogGroup;
  /** Fires when one in a hundred requests fails on our side. */
  public readonly errorAlarm: cloudwatch.Alarm;
  /** Fires when the latency target is missed. */
  public readonly latencyAlarm: cloudwatch.Alarm;
  /** URL of the API, without a slash at the end. */
  public readonly url: string;

  public constructor(scope: Construct, id: string, props: ServerlessRestApiProps) {
    super(scope, id);
    this.validate(props);
    if (props.webAcl === undefined) {
      Annotations.of(this).addWarningV2('cdk-trading-platform:serverlessRestApiWithoutWebAcl',
        'the API is public and has no web ACL; pass `webAcl`, for example that of RegionalWebAcl');
    }
    const encryptionKey = logKey(this, 'LogKey', props.encryptionKey);
    this.accessLogs = encryptedLogs(this, 'AccessLogs', { encryptionKey, retention: props.logRetention });
    this.restApi = this.createApi(props);
    this.stage = this.restApi.deploymentStage;
    this.url = executeApiUrl(this.restApi);
    this.executionLogs = executionLogs(this, this.restApi, { encryptionKey, retention: props.logRetention });
    if (props.accountLogging ?? true) this.stage.node.addDependency(ApiGatewayLogging.of(this));
    if (props.routes.some(({ isPublic }) => isPublic !== true)) {
      this.authorizer = new apigateway.CognitoUserPoolsAuthorizer(this, 'Authorizer', { cognitoUserPools: props.userPools, resultsCacheTtl: Duration.minutes(5) });
    }
    this.requestValidator = this.restApi.addRequestValidator('Validator', { validateRequestBody: true, validateRequestParameters: true });
    addRefusals(this.restApi);
    for (const route of props.routes) this.addRoute(route);
    protectStage(this, this.stage, props.webAcl);
    this.errorAlarm = this._errorAlarm(props.alarmActions);
    this.latencyAlarm = this._latencyAlarm(props.latencyTarget ?? Duration.seconds(1), props.alarmActions);
  }

  private createApi({ routes, cacheSizeGiB, ...props }: ServerlessRestApiProps): apigateway.RestApi {
    const isCached = routes.some(({ cacheTtl }) => cacheTtl !== undefined);
    const own = routes.filter(({ rateLimit, cacheTtl }) => rateLimit !== undefined || cacheTtl !== undefined);
    return new apigateway.RestApi(this, 'Resource', {
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: false,
      minCompressionSize: Size.kibibytes(1),
      deploy: true,
      deployOptions: {
        stageName: REST_STAGE,
        throttlingRateLimit: props.rateLimit ?? 10_000,
        throttlingBurstLimit: props.burstLimit ?? 5_000,
        metricsEnabled: true,
        tracingEnabled: true,
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        cachingEnabled: false,
        ...(isCached ? { cacheClusterEnabled: true, cacheClusterSize: cacheSizeGiB ?? CACHE_SIZES[0] } : {}),
        accessLogDestination: new apigateway.LogGroupLogDestination(this.accessLogs),
        accessLogFormat: restAccessLogFormat(),
        methodOptions: Object.fromEntries(own.map(({ path, method, rateLimit, cacheTtl }) => [`${path}/${method}`, {
          ...(rateLimit === undefined ? {} : { throttlingRateLimit: rateLimit, throttlingBurstLimit: Math.ceil(rateLimit) }),
          ...(cacheTtl === undefined ? {} : { cachingEnabled: true, cacheTtl, cacheDataEncrypted: true }),
        }])),
      },
    });
  }

  private addRoute(route: FunctionRoute): void {
    const { method, path, handler, requiredQuery, cacheTtl, cacheQuery } = route;
    const parameters = pathParameters(path);
    const source = (kind: string) => (name: string) => `method.request.${kind}.${name}`;
    const keys = cacheTtl === undefined ? [] : [...parameters.map(source('path')), ...(cacheQuery ?? []).map(source('querystring'))];
    const integration = new apigateway.LambdaIntegration(handler, {
      proxy: true,
      allowTestInvoke: false,
      cacheKeyParameters: keys.length === 0 ? undefined : keys,
    });
    this.restApi.root.resourceForPath(path).addMethod(method, integration, {
      requestValidator: this.requestValidator,
      requestParameters: Object.fromEntries([
        ...parameters.map((name) => [source('path')(name), true]),
        ...(cacheQuery ?? []).map((name) => [source('querystring')(name), false]),
        ...(requiredQuery ?? []).map((name) => [source('querystring')(name), true]),
      ]) as { [name: string]: boolean },
      ...requestRules(this.restApi, route, this.authorizer),
    });
  }

  private validate(props: ServerlessRestApiProps): void {
    const faults = new Faults(this.node.path);
    checkRoutes(props.routes, faults);
    checkThrottle(faults, props);
    faults.check(props.userPools.length > 0, '`userPools` must name at least one pool, because routes need a token unless they say `isPublic`');
    faults.check(props.domain === undefined, '`domain` is for an API that clients call by its own name; put CloudFront in front of this one');
    const size = props.cacheSizeGiB;
    faults.check(size === undefined || CACHE_SIZES.includes(size),
      `\`cacheSizeGiB\` must be one of ${CACHE_SIZES.join(', ')}, got: ${Token.isUnresolved(size) ? 'an unresolved token' : `'${size}'`}`);
    for (const { method, path, cacheTtl, cacheQuery } of props.routes) {
      const name = `${method} ${path}`;
      faults.check(cacheTtl === undefined || method === 'GET', `\`cacheTtl\` of ${name} keeps what changes something; only GET can be cached`);
      faults.check(cacheTtl === undefined || cacheTtl.isUnresolved() || (cacheTtl.toSeconds() >= 1 && cacheTtl.toSeconds() <= 3_600),
        `\`cacheTtl\` of ${name} must be from 1 second to an hour, got: ${cacheTtl?.toHumanString()}`);
      faults.check(cacheQuery === undefined || cacheTtl !== undefined, `\`cacheQuery\` of ${name} needs \`cacheTtl\``);
    }
    faults.throwIfAny();
  }
}
