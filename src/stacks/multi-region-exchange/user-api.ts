import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { RegionalWebAcl } from '../../constructs/edge/regional-web-acl';
import { ApiGatewayLogging } from '../../constructs/ingress/api-gateway-logging';
import { alarm } from '../../private/alarms';
import { encryptedLogs, logKey } from '../../private/encrypted-logs';

/** Properties of `UserApi`. */
export interface UserApiProps {
  /** The user service. */
  readonly handler: TradingFunction;

  /** Pool whose access tokens are accepted. */
  readonly userPool: cognito.IUserPool;

  /** Key that encrypts the logs. */
  readonly encryptionKey: kms.IKey;

  /**
   * Name of your own for the API. The records that lead to it are made elsewhere, because they choose among regions.
   *
   * @default - the name that API Gateway gives it
   */
  readonly domainName?: string;

  /**
   * Zone in which the certificate of that name is validated.
   *
   * @default - needed with `domainName`
   */
  readonly hostedZone?: route53.IHostedZone;

  /**
   * Who is told about alarms.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

const STAGE = 'live';
/** What every token of the pool that a client signed in with carries. */
const SCOPE = 'aws.cognito.signin.user.admin';
/** Requests per second of all clients: nobody looks at his sessions all day, and a flood shall not reach the table. */
const RATE_LIMIT = 200;

const ROUTES: ReadonlyArray<readonly [method: string, path: string]> = [
  ['GET', '/v1/users/me'],
  ['GET', '/v1/users/me/sessions'],
  ['DELETE', '/v1/users/me/sessions'],
  ['DELETE', '/v1/users/me/sessions/{sessionId}'],
  ['GET', '/v1/access-control'],
];

/**
 * API of the user service in API Gateway: named routes only, access tokens checked against Cognito before the function is called, a web
 * ACL and a limit in front. Signing up and signing in are Cognito's own API, which clients call themselves.
 */
export class UserApi extends Construct {
  /** The API. */
  public readonly restApi: apigateway.RestApi;
  /** Its only stage. */
  public readonly stage: apigateway.Stage;
  /** Who asked for what, with which result. */
  public readonly accessLogs: logs.LogGroup;
  /** What API Gateway itself did wrong. */
  public readonly executionLogs: logs.LogGroup;
  /** Web ACL in front of the stage. */
  public readonly webAcl: RegionalWebAcl;
  /** Name of your own; undefined without `domainName`. */
  public readonly domain?: apigateway.DomainName;
  /** Fires when one in a hundred requests fails on our side. */
  public readonly errorAlarm: cloudwatch.Alarm;
  /** URL of the API, without a slash at the end. */
  public readonly url: string;

  public constructor(scope: Construct, id: string, props: UserApiProps) {
    super(scope, id);
    const encryptionKey = logKey(this, 'LogKey', props.encryptionKey);
    this.accessLogs = encryptedLogs(this, 'AccessLogs', { encryptionKey });
    this.restApi = new apigateway.RestApi(this, 'Resource', {
      description: 'Users and their sessions',
      endpointConfiguration: { types: [apigateway.EndpointType.REGIONAL] },
      cloudWatchRole: false,
      disableExecuteApiEndpoint: props.domainName === undefined ? undefined : true,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: RATE_LIMIT,
        throttlingBurstLimit: RATE_LIMIT,
        metricsEnabled: true,
        tracingEnabled: true,
        loggingLevel: apigateway.MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        accessLogDestination: new apigateway.LogGroupLogDestination(this.accessLogs),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields({
          caller: false,
          user: false,
          ip: true,
          protocol: true,
          requestTime: true,
          httpMethod: true,
          resourcePath: true,
          status: true,
          responseLength: true,
        }),
      },
    });
    this.stage = this.restApi.deploymentStage;
    // API Gateway would make this group itself, without a key and for ever.
    this.executionLogs = encryptedLogs(this, 'ExecutionLogs', {
      logGroupName: `API-Gateway-Execution-Logs_${this.restApi.restApiId}/${STAGE}`, encryptionKey, removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage.node.addDependency(this.executionLogs, ApiGatewayLogging.of(this));
    this.addRoutes(props);
    this.webAcl = new RegionalWebAcl(this, 'WebAcl', { encryptionKey, alarmActions: props.alarmActions });
    new wafv2.CfnWebACLAssociation(this, 'WebAclAssociation', { resourceArn: this.stage.stageArn, webAclArn: this.webAcl.webAcl.webAclRef.webAclArn });
    if (props.domainName !== undefined) this.domain = this.addDomain(props.domainName, props.hostedZone);
    const { region, urlSuffix } = Stack.of(this);
    this.url = props.domainName === undefined
      ? Fn.join('', ['https://', this.restApi.restApiId, `.execute-api.${region}.${urlSuffix}/${STAGE}`])
      : `https://${props.domainName}`;
    this.errorAlarm = alarm(this, 'ErrorAlarm', {
      metric: this.metricServerErrorRate(),
      description: 'More than 1 % of the requests to the user service fail on our side.',
      threshold: 1,
      periods: 3,
      actions: props.alarmActions,
    });
  }

  /** Share of responses of the 5xx class, in percent of the requests of one minute. */
  public metricServerErrorRate(): cloudwatch.IMetric {
    const period = Duration.minutes(1);
    return new cloudwatch.MathExpression({
      expression: '100 * errors / requests',
      label: 'Server errors, %',
      period,
      usingMetrics: {
        errors: this.stage.metricServerError({ period, statistic: cloudwatch.Stats.SUM }), requests: this.stage.metricCount({ period }),
      },
    });
  }

  private addRoutes({ handler, userPool }: UserApiProps): void {
    const authorizer = new apigateway.CognitoUserPoolsAuthorizer(this, 'Authorizer', { cognitoUserPools: [userPool], resultsCacheTtl: Duration.minutes(5) });
    const requestValidator = this.restApi.addRequestValidator('Validator', { validateRequestParameters: true, validateRequestBody: true });
    // One permission for all routes: an entry each would fill the policy of the function.
    const integration = new apigateway.LambdaIntegration(handler.target, { scopePermissionToMethod: false });
    for (const [method, path] of ROUTES) {
      this.restApi.root.resourceForPath(path).addMethod(method, integration, {
        requestValidator, authorizer, authorizationType: apigateway.AuthorizationType.COGNITO, authorizationScopes: [SCOPE],
      });
    }
    for (const [name, type, code] of [
      ['Unauthorized', apigateway.ResponseType.UNAUTHORIZED, 'unauthorized'],
      ['Denied', apigateway.ResponseType.ACCESS_DENIED, 'forbidden'],
      ['Throttled', apigateway.ResponseType.THROTTLED, 'too_many_requests'],
      ['Client', apigateway.ResponseType.DEFAULT_4XX, 'refused'],
      ['Server', apigateway.ResponseType.DEFAULT_5XX, 'unavailable'],
    ] as const) {
      this.restApi.addGatewayResponse(name, { type, templates: { 'application/json': `{"code":"${code}","message":$context.error.messageString}` } });
    }
  }

  private addDomain(domainName: string, hostedZone?: route53.IHostedZone): apigateway.DomainName {
    const domain = new apigateway.DomainName(this, 'Domain', {
      domainName,
      certificate: new acm.Certificate(this, 'Certificate', { domainName, validation: acm.CertificateValidation.fromDns(hostedZone) }),
      endpointType: apigateway.EndpointType.REGIONAL,
      securityPolicy: apigateway.SecurityPolicy.TLS_1_2,
    });
    domain.addBasePathMapping(this.restApi, { stage: this.stage });
    return domain;
  }
}
