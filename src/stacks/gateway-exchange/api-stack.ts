import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { GatewayDataStack } from './data-stack';
import { ROUTES } from './routes';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { RegionalWebAcl } from '../../constructs/edge/regional-web-acl';
import { RestApiBackend } from '../../constructs/ingress/rest-api-backend';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { TradingRestApi } from '../../constructs/ingress/trading-rest-api';
import { TradingWebSocketApi } from '../../constructs/ingress/trading-web-socket-api';
import { ServiceLevelObjective } from '../../constructs/observability/service-level-objective';
import { TraceSampling } from '../../constructs/observability/trace-sampling';
import { ServiceDefinition } from '../../private/services.generated';
import { TradingStack, TradingStackProps } from '../trading-stack';

/** Properties of `GatewayApiStack`. */
export interface GatewayApiStackProps extends TradingStackProps {
  /** VPC of the load balancer. */
  readonly vpc: ec2.IVpc;

  /** Internal load balancer of the services. */
  readonly ingress: TradingLoadBalancer;

  /** Accounts, connections and trades. */
  readonly data: GatewayDataStack;

  /** What users are promised; the latency alarm of the REST API follows from it. */
  readonly objective: ServiceLevelObjective;

  /**
   * Origins of the web pages that may connect to the WebSocket API.
   *
   * @default - any
   */
  readonly allowedOrigins?: string[];

  /**
   * Requests per second of all clients together.
   *
   * @default 10000
   */
  readonly rateLimit?: number;
}

/** The REST API and the WebSocket API of a region, with the functions of the latter. Keeps no state. */
export class GatewayApiStack extends TradingStack {
  /** Web ACL of the REST API: whoever does not come through the distribution is turned away. */
  public readonly webAcl: RegionalWebAcl;
  /** REST API. */
  public readonly rest: TradingRestApi;
  /** WebSocket API. */
  public readonly socket: TradingWebSocketApi;
  /** Decides who may connect. */
  public readonly authorizer: TradingFunction;
  /** Keeps who is connected and what they listen to. */
  public readonly connections: TradingFunction;
  /** Tells connections about trades. */
  public readonly publisher: TradingFunction;
  /** Which requests are traced. */
  public readonly tracing: TraceSampling;

  public constructor(scope: Construct, id: string, props: GatewayApiStackProps) {
    super(scope, id, { description: 'REST API and WebSocket API', ...props });
    const { data, ingress, rateLimit, vpc } = props;
    const alarmActions = [data.alarms];
    const common = { encryptionKey: data.keys.orders, alarmActions };
    this.webAcl = new RegionalWebAcl(this, 'WebAcl', { originSecrets: [data.originSecret], alarmActions });
    this.rest = new TradingRestApi(this, 'Rest', {
      ...common,
      vpc,
      backend: RestApiBackend.applicationLoadBalancer(ingress.loadBalancer),
      routes: ROUTES,
      userPools: [data.identity.userPool],
      webAcl: this.webAcl.webAcl,
      rateLimit,
      latencyTarget: props.objective.latencyP99,
    });
    this.authorizer = new TradingFunction(this, 'SocketAuthorizer', {
      ...common,
      definition: ServiceDefinition.socketApiAuthorizer({
        userPool: data.identity.userPool, userPoolClient: data.identity.client, allowedOrigins: props.allowedOrigins,
      }),
    });
    this.connections = new TradingFunction(this, 'SocketConnections', {
      ...common,
      definition: ServiceDefinition.socketApiConnections({ connectionsTable: data.connections.table, sessionsTable: data.sessions.table }),
    });
    const handler = this.connections.target;
    this.socket = new TradingWebSocketApi(this, 'Socket', {
      ...common,
      authorizer: this.authorizer.target,
      onConnect: handler,
      onDisconnect: handler,
      onSubscribe: handler,
      routes: { unsubscribe: handler, $default: handler },
      connectionTable: data.connections.table,
      rateLimit,
    });
    this.publisher = new TradingFunction(this, 'SocketPublisher', {
      ...common,
      definition: ServiceDefinition.socketApiPublisher({
        tradeStream: data.trades.stream, connectionsTable: data.connections.table, callbackUrl: this.socket.callbackUrl,
      }),
    });
    this.socket.grants.post(this.publisher.role);
    this.tracing = new TraceSampling(this, 'Tracing', {
      rules: [{ urlPath: '*/health', rate: 0, reservoir: 0 }, { urlPath: '*/v1/orders*', rate: 0.05 }, { urlPath: '*', rate: 0.01 }],
    });
  }
}
