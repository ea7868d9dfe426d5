import { Annotations, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { ApiDomain } from './api-domain';
import { ApiGatewayLogging } from './api-gateway-logging';
import { ApiOptions } from './api-options';
import { CorsOptions } from './cors-options';
import { RestApiBackend } from './rest-api-backend';
import { RestApiBase } from './rest-api-base';
import { RestApiRoute } from './rest-api-route';
import { checkCors, checkThrottle } from '../../private/api-checks';
import { encryptedLogs, logKey } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { checkRoutes, pathParameters } from '../../private/rest-routes';
import { addRefusals, executeApiUrl, executionLogs, protectStage, requestRules, REST_STAGE, restAccessLogFormat } from '../../private/rest-stage';

/** Properties of `TradingRestApi`. */
export interface TradingRestApiProps extends ApiOptions {
  /** VPC of the load balancer. */
  readonly vpc: ec2.IVpc;

  /** Load balancer that requests go to. */
  readonly backend: RestApiBackend;

  /** What the API answers; everything else is 403. */
  readonly routes: RestApiRoute[];

  /** Pools whose tokens are accepted. */
  readonly userPools: cognito.IUserPool[];

  /**
   * Web ACL of scope REGIONAL in front of the stage.
   *
   * @default - none, with a warning
   */
  readonly webAcl?: wafv2.IWebACLRef;

  /**
   * Which web pages may call the API from a browser. API Gateway answers the browser's question beforehand; the services behind must allow
   * the same origins in their answers.
   *
   * @default - none
   */
  readonly cors?: CorsOptions;

  /**
   * Subnets of the VPC link.
   *
   * @default - the isolated subnets, or the private ones of a VPC without isolated subnets
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * How long the backend may take. AWS allows 29 seconds.
   *
   * @default Duration.seconds(29)
   */
  readonly timeout?: Duration;

  /**
   * Response time that 99 of 100 requests must keep; the latency alarm fires above it.
   *
   * @default Duration.millis(100)
   */
  readonly latencyTarget?: Duration;
}

/**
 * REST API of a platform in API Gateway: named routes only, tokens checked against Cognito before a request leaves API Gateway,
 * bodies checked against their schema, and a VPC link to a load balancer without a public address.
 */
export class TradingRestApi extends RestApiBase implements ec2.IConnectable {
  /** The API. */
  public readonly restApi: apigateway.RestApi;
  /** Its only stage. */
  public readonly stage: apigateway.Stage;
  /** Checks tokens. */
  public readonly authorizer: apigateway.CognitoUserPoolsAuthorizer;
  /** Checks bodies and parameters. */
  public readonly requestValidator: apigateway.RequestValidator;
  /** Way into the VPC. */
  public readonly vpcLink: apigatewayv2.VpcLink;
  /** Certificate that API Gateway shows to the backend. It ends after a year; replace it by renaming the construct before that. */
  public readonly clientCertificate: apigateway.CfnClientCertificate;
  /** Who asked for what, with which result: no tokens, no bodies. */
  public readonly accessLogs: logs.LogGroup;
  /** What API Gateway itself did wrong. */
  public readonly executionLogs: logs.LogGroup;
  /** Security group of the VPC link. */
  public readonly securityGroup: ec2.SecurityGroup;
  /** Network connections of the VPC link. */
  public readonly connections: ec2.Connections;
  /** Fires when one in a hundred requests fails on our side. */
  public readonly errorAlarm: cloudwatch.Alarm;
  /** Fires when the latency target is missed. */
  public readonly latencyAlarm: cloudwatch.Alarm;
  /** Name of your own; undefined without `domain`. */
  public readonly domainName?: apigateway.DomainName;
  /** Records of that name; empty without a hosted zone. */
  public readonly records: route53.RecordSet[];
  /** URL of the API, without a slash at the end. */
  public readonly url: string;

  private readonly backend: RestApiBackend;
  private readonly timeout: Duration;

  public constructor(scope: Construct, id: string, props: TradingRestApiProps) {
    super(scope, id);
    const rateLimit = props.rateLimit ?? 10_000;
    const burstLimit = props.burstLimit ?? 5_000;
    this.backend = props.backend;
    this.timeout = props.timeout ?? Duration.seconds(29);
    const faults = new Faults(this.node.path);
    checkRoutes(props.routes, faults);
    for (const { method, path, rateLimit: limit } of props.routes) checkPlain(faults, { [`rateLimit of ${method} ${path}`]: limit });
    faults.check(props.userPools.length > 0, '`userPools` must name at least one pool, because routes need a token unless they say `isPublic`');
    checkThrottle(faults, props);
    checkCors(faults, props.cors);
    faults.check(this.timeout.isUnresolved() || (this.timeout.toMilliseconds() >= 50 && this.timeout.toMilliseconds() <= 29_000),
      `\`timeout\` must be from 50 milliseconds to 29 seconds, got: ${this.timeout.toHumanString()}`);
    faults.throwIfAny();
    if (!Token.isUnresolved(rateLimit) && rateLimit > 10_000) {
      this.warn('restApiAboveAccountLimit', `\`rateLimit\` of ${rateLimit} is above the 10,000 requests/s that an account has in a region; ask AWS for more first`);
    }
    if (props.webAcl === undefined) this.warn('restApiWithoutWebAcl', 'the API is public and has no web ACL; pass `webAcl`, for example that of RegionalWebAcl');
    if (props.cors?.allowOrigins.includes('*') === true) this.warn('restApiCorsAnyOrigin', "every web page may call the API from its visitors' browsers; name the origins in `cors.allowOrigins`");

    const subnetType = props.vpc.isolatedSubnets.length > 0 ? ec2.SubnetType.PRIVATE_ISOLATED : ec2.SubnetType.PRIVATE_WITH_EGRESS;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: props.vpc, description: 'VPC link of the REST API', allowAllOutbound: false });
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup] });
    this.connections.allowTo(this.backend, ec2.Port.tcp(this.backend.port), 'REST API forwards requests');
    this.vpcLink = new apigatewayv2.VpcLink(this, 'VpcLink', {
      vpc: props.vpc,
      subnets: props.vpcSubnets ?? { subnetType },
      securityGroups: [this.securityGroup],
      // Another name than the default, which is the construct's id and so the same in every stack.
      vpcLinkName: Names.uniqueResourceName(this, { maxLength: 120, separator: '-' }),
    });
    const encryptionKey = logKey(this, 'LogKey', props.encryptionKey);
    this.accessLogs = encryptedLogs(this, 'AccessLogs', { encryptionKey, retention: props.logRetention });
    this.clientCertificate = new apigateway.CfnClientCertificate(this, 'ClientCertificate', { description: 'API Gateway as client of the backend' });
    this.restApi = new apigateway.RestApi(this, 'Resource', {
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: false,
      // With a name of its own, the API has no second address that clients could come to depend on.
      disableExecuteApiEndpoint: props.domain === undefined ? undefined : true,
      deploy: true,
      deployOptions: {
        stageName: REST_STAGE,
        throttlingRateLimit: rateLimit,
        throttlingBurstLimit: burstLimit,
        metricsEnabled: true,
        tracingEnabled: true,
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        cachingEnabled: false,
        clientCertificateId: this.clientCertificate.attrClientCertificateId,
        accessLogDestination: new apigateway.LogGroupLogDestination(this.accessLogs),
        accessLogFormat: restAccessLogFormat(),
        methodOptions: Object.fromEntries(props.routes
          .filter((route) => route.rateLimit !== undefined)
          .map(({ path, method, rateLimit: limit }) => [`${path}/${method}`, { throttlingRateLimit: limit, throttlingBurstLimit: Math.ceil(limit!) }])),
      },
    });
    this.stage = this.restApi.deploymentStage;
    [this.domainName, this.records] = this.addDomain(props.domain);
    this.url = props.domain !== undefined ? `https://${props.domain.domainName}` : executeApiUrl(this.restApi);
    this.executionLogs = executionLogs(this, this.restApi, { encryptionKey, retention: props.logRetention });
    if (props.accountLogging ?? true) this.stage.node.addDependency(ApiGatewayLogging.of(this));
    this.authorizer = new apigateway.CognitoUserPoolsAuthorizer(this, 'Authorizer', { cognitoUserPools: props.userPools, resultsCacheTtl: Duration.minutes(5) });
    this.requestValidator = this.restApi.addRequestValidator('Validator', { validateRequestBody: true, validateRequestParameters: true });
    addRefusals(this.restApi, refusalHeaders(props.cors));
    for (const route of props.routes) this.addRoute(route);
    if (props.cors !== undefined) this.addCors(props.routes, props.cors);
    // The deployment's own hash does not see the target of the integrations.
    this.restApi.latestDeployment?.addToLogicalId({ target: Stack.of(this).resolve(this.backend.loadBalancerArn) as unknown });
    protectStage(this, this.stage, props.webAcl);
    this.errorAlarm = this._errorAlarm(props.alarmActions);
    this.latencyAlarm = this._latencyAlarm(props.latencyTarget ?? Duration.millis(100), props.alarmActions);
  }

  private addRoute(route: RestApiRoute): void {
    const { method, path } = route;
    const parameters = pathParameters(path);
    const fromRequest = (kind: string, names: string[], from: boolean) => names.map((name): [string, boolean] => [`method.request.${kind}.${name}`, from]);
    const integration = new apigateway.HttpIntegration(`${this.backend.origin}${path}`, {
      httpMethod: method,
      proxy: true,
      options: {
        connectionType: apigateway.ConnectionType.VPC_LINK,
        vpcLink: apigateway.VpcLink.fromVpcLinkId(this, `Link${method}${path}`, this.vpcLink.vpcLinkId),
        timeout: this.timeout,
        requestParameters: Object.fromEntries(parameters.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`])),
      },
    });
    const added = this.restApi.root.resourceForPath(path).addMethod(method, integration, {
      requestValidator: this.requestValidator,
      requestParameters: Object.fromEntries([...fromRequest('path', parameters, true), ...fromRequest('querystring', route.requiredQuery ?? [], true)]),
      ...requestRules(this.restApi, route, this.authorizer),
    });
    // The L2 does not know it: with a VPC link of version 2 the load balancer is named here, and the URI only says how to speak to it.
    (added.node.defaultChild as apigateway.CfnMethod).addPropertyOverride('Integration.IntegrationTarget', this.backend.loadBalancerArn);
  }

  /** The browser's question before the request: it carries no token, so it is answered without one. */
  private addCors(routes: RestApiRoute[], cors: CorsOptions): void {
    for (const path of new Set(routes.map((route) => route.path))) {
      this.restApi.root.resourceForPath(path).addCorsPreflight({
        allowOrigins: cors.allowOrigins,
        allowMethods: routes.filter((route) => route.path === path).map(({ method }) => method),
        allowHeaders: cors.allowHeaders ?? ['Authorization', 'Content-Type'],
        allowCredentials: cors.allowCredentials ?? false,
        maxAge: cors.maxAge ?? Duration.hours(1),
      });
    }
  }

  private addDomain(domain?: ApiDomain): [apigateway.DomainName | undefined, route53.RecordSet[]] {
    if (domain === undefined) return [undefined, []];
    const name = new apigateway.DomainName(this, 'Domain', {
      domainName: domain.domainName,
      certificate: domain._certificate(this),
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    });
    name.addBasePathMapping(this.restApi, { stage: this.stage });
    return [name, domain._records(this, new targets.ApiGatewayDomain(name))];
  }

  private warn(id: string, message: string): void {
    Annotations.of(this).addWarningV2(`cdk-trading-platform:${id}`, message);
  }
}

/** A refusal can name one origin only, because API Gateway cannot choose among several here. */
function refusalHeaders(cors?: CorsOptions): { [name: string]: string } | undefined {
  if (cors?.allowOrigins.length !== 1) return undefined;
  return {
    'Access-Control-Allow-Origin': `'${cors.allowOrigins[0]}'`,
    'Vary': "'Origin'",
    ...(cors.allowCredentials === true ? { 'Access-Control-Allow-Credentials': "'true'" } : {}),
  };
}
