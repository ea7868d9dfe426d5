import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import * as authorizers from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import * as integrations from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import { Construct } from 'constructs';
import { ApiDomain } from './api-domain';
import { ApiGatewayLogging } from './api-gateway-logging';
import { ApiOptions } from './api-options';
import { WebSocketGrants } from './web-socket-grants';
import { alarm } from '../../private/alarms';
import { checkThrottle } from '../../private/api-checks';
import { encryptedLogs, logKey } from '../../private/encrypted-logs';
import { Faults } from '../../private/faults';

/** Properties of `TradingWebSocketApi`. */
export interface TradingWebSocketApiProps extends ApiOptions {
  /** Decides who may connect: reads the token, checks it and the `Origin`, answers with a policy. */
  readonly authorizer: lambda.IFunction;

  /** Called when a client connects. */
  readonly onConnect: lambda.IFunction;

  /** Called when a client has gone; best effort, so entries of the table expire as well. */
  readonly onDisconnect: lambda.IFunction;

  /** Called for messages whose `op` is `subscribe`. */
  readonly onSubscribe: lambda.IFunction;

  /**
   * Functions for other values of `op`, such as `unsubscribe`. `$default` takes what no other route takes.
   *
   * @default - other messages are refused
   */
  readonly routes?: { [op: string]: lambda.IFunction };

  /**
   * Header in which clients send their token. Browsers can set no other than this one, and a query would end up in logs.
   *
   * @default 'Sec-WebSocket-Protocol'
   */
  readonly tokenHeader?: string;

  /**
   * Table of connections: partition key `connectionId`, sort key `entry`, index `byChannel` (`channel`, `connectionId`), expiry in
   * `expiresAt`.
   *
   * @default - a table is defined
   */
  readonly connectionTable?: dynamodb.ITable;

  /**
   * What happens to the table when it leaves the stack. It holds connections of the last hours and nothing else.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const STAGE = 'live';
const INDEX = 'byChannel';

/**
 * WebSocket API in API Gateway with one function per kind of message and a table of who listens to what. API Gateway charges every
 * message and closes a connection after two hours; for streams of prices, a service behind `TradingLoadBalancer` costs a fraction.
 */
export class TradingWebSocketApi extends Construct {
  /** The API. */
  public readonly webSocketApi: apigatewayv2.WebSocketApi;
  /** Its only stage. */
  public readonly stage: apigatewayv2.WebSocketStage;
  /** Table of connections and what they listen to. */
  public readonly connectionTable: dynamodb.ITable;
  /** Name of the table's index by channel. */
  public readonly channelIndexName: string = INDEX;
  /** Who connected and sent what kind of message: no tokens, no messages. */
  public readonly accessLogs: logs.LogGroup;
  /** What API Gateway itself did wrong. */
  public readonly executionLogs: logs.LogGroup;
  /** Fires when one in a hundred messages fails on our side. */
  public readonly errorAlarm: cloudwatch.Alarm;
  /** What others may do. */
  public readonly grants: WebSocketGrants;
  /** Name of your own; undefined without `domain`. */
  public readonly domainName?: apigatewayv2.DomainName;
  /** Records of that name; empty without a hosted zone. */
  public readonly records: route53.RecordSet[];
  /** URL that clients connect to, beginning with `wss://`. */
  public readonly url: string;
  /** URL that messages to connections are posted to, beginning with `https://`. */
  public readonly callbackUrl: string;

  public constructor(scope: Construct, id: string, props: TradingWebSocketApiProps) {
    super(scope, id);
    const rateLimit = props.rateLimit ?? 10_000;
    const burstLimit = props.burstLimit ?? 5_000;
    const tokenHeader = props.tokenHeader ?? 'Sec-WebSocket-Protocol';
    const faults = new Faults(this.node.path);
    checkThrottle(faults, props);
    faults.check(Token.isUnresolved(tokenHeader) || /^[A-Za-z0-9._-]+$/.test(tokenHeader), `\`tokenHeader\` must be the name of a header, got: '${tokenHeader}'`);
    for (const op of Object.keys(props.routes ?? {})) {
      faults.check(!['$connect', '$disconnect', 'subscribe'].includes(op), `\`routes\` must not name '${op}', which has a prop of its own`);
    }
    faults.throwIfAny();

    const integration = (name: string, handler: lambda.IFunction) => ({ integration: new integrations.WebSocketLambdaIntegration(name, handler) });
    this.webSocketApi = new apigatewayv2.WebSocketApi(this, 'Resource', {
      routeSelectionExpression: '$request.body.op',
      connectRouteOptions: {
        ...integration('Connect', props.onConnect),
        authorizer: new authorizers.WebSocketLambdaAuthorizer('Authorizer', props.authorizer, { identitySource: [`route.request.header.${tokenHeader}`] }),
      },
      disconnectRouteOptions: integration('Disconnect', props.onDisconnect),
    });
    for (const [op, handler] of Object.entries({ subscribe: props.onSubscribe, ...props.routes })) {
      // What the function answers reaches the client only through a response of the route.
      this.webSocketApi.addRoute(op, { ...integration(op, handler), returnResponse: true });
    }

    const encryptionKey = logKey(this, 'LogKey', props.encryptionKey);
    const retention = props.logRetention;
    this.accessLogs = encryptedLogs(this, 'AccessLogs', { encryptionKey, retention });
    // API Gateway would make this group itself, without a key and for ever.
    this.executionLogs = encryptedLogs(this, 'ExecutionLogs', {
      logGroupName: `/aws/apigateway/${this.webSocketApi.apiId}/${STAGE}`, encryptionKey, retention, removalPolicy: RemovalPolicy.DESTROY,
    });
    this.stage = new apigatewayv2.WebSocketStage(this, 'Stage', {
      webSocketApi: this.webSocketApi,
      stageName: STAGE,
      autoDeploy: true,
      throttle: { rateLimit, burstLimit },
      detailedMetricsEnabled: true,
      accessLogSettings: { destination: new apigatewayv2.LogGroupLogDestination(this.accessLogs), format: accessLogFormat() },
    });
    const stage = this.stage.node.defaultChild as apigatewayv2.CfnStage;
    stage.addPropertyOverride('DefaultRouteSettings.LoggingLevel', 'ERROR');
    stage.addPropertyOverride('DefaultRouteSettings.DataTraceEnabled', false);
    this.stage.node.addDependency(this.executionLogs);
    if (props.accountLogging ?? true) this.stage.node.addDependency(ApiGatewayLogging.of(this));
    [this.domainName, this.records] = this.addDomain(props.domain);
    this.url = props.domain === undefined ? this.stage.url : `wss://${props.domain.domainName}`;
    // What posts to connections does so from inside AWS, where the name of your own may not resolve.
    this.callbackUrl = this.stage.callbackUrl;
    this.connectionTable = props.connectionTable ?? this.createTable(props);
    this.grants = new WebSocketGrants(this.stage, this.connectionTable, INDEX);
    this.errorAlarm = alarm(this, 'ErrorAlarm', {
      metric: this.metricErrorRate(),
      description: 'More than 1 % of the messages to the WebSocket API fail on our side.',
      threshold: 1,
      periods: 3,
      actions: props.alarmActions,
    });
  }

  /** Connections that were opened. Sum over one minute unless said otherwise. */
  public metricConnects(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('ConnectCount', options);
  }

  /** Messages in both directions. Sum over one minute unless said otherwise. */
  public metricMessages(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('MessageCount', options);
  }

  /** Messages that a function failed on. Sum over one minute unless said otherwise. */
  public metricIntegrationErrors(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.metric('IntegrationError', options);
  }

  /** Share of messages that failed on our side, in percent of those of one minute. */
  public metricErrorRate(): cloudwatch.IMetric {
    return new cloudwatch.MathExpression({
      expression: '100 * (integration + execution) / messages',
      label: 'Failed messages, %',
      period: Duration.minutes(1),
      usingMetrics: { integration: this.metricIntegrationErrors(), execution: this.metric('ExecutionError', {}), messages: this.metricMessages() },
    });
  }

  private metric(name: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.stage.metric(name, { period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM, ...options });
  }

  private addDomain(domain?: ApiDomain): [apigatewayv2.DomainName | undefined, route53.RecordSet[]] {
    if (domain === undefined) return [undefined, []];
    const name = new apigatewayv2.DomainName(this, 'Domain', {
      domainName: domain.domainName, certificate: domain._certificate(this), securityPolicy: apigatewayv2.SecurityPolicy.TLS_1_2,
    });
    new apigatewayv2.ApiMapping(this, 'Mapping', { api: this.webSocketApi, domainName: name, stage: this.stage });
    return [name, domain._records(this, new targets.ApiGatewayv2DomainProperties(name.regionalDomainName, name.regionalHostedZoneId))];
  }

  private createTable(props: TradingWebSocketApiProps): dynamodb.TableV2 {
    const text = (name: string) => ({ name, type: dynamodb.AttributeType.STRING });
    return new dynamodb.TableV2(this, 'Connections', {
      partitionKey: text('connectionId'),
      // One entry for the connection itself and one per channel, so that $disconnect finds all of them with one query.
      sortKey: text('entry'),
      globalSecondaryIndexes: [{ indexName: INDEX, partitionKey: text('channel'), sortKey: text('connectionId'), projectionType: dynamodb.ProjectionType.KEYS_ONLY }],
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 1 },
      encryption: props.encryptionKey === undefined
        ? dynamodb.TableEncryptionV2.awsManagedKey()
        : dynamodb.TableEncryptionV2.customerManagedKey(props.encryptionKey),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
  }
}

function accessLogFormat(): apigateway.AccessLogFormat {
  const field = apigateway.AccessLogField;
  return apigateway.AccessLogFormat.custom(JSON.stringify({
    requestId: field.contextRequestId(),
    connectionId: '$context.connectionId',
    time: field.contextRequestTime(),
    principal: field.contextAuthorizerPrincipalId(),
    ip: field.contextIdentitySourceIp(),
    event: '$context.eventType',
    route: '$context.routeKey',
    status: field.contextStatus(),
    backendLatencyMs: field.contextIntegrationLatency(),
    refusal: '$context.error.responseType',
  }));
}
