import { Environment } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import {
  NetworkTarget, RestApiBackend, RestMethod, ServerlessRestApi, TradingCluster, TradingLoadBalancer, TradingNetworkLoadBalancer, TradingRestApi,
  TradingService, TradingWebSocketApi,
} from '../../../src';
import { givenFunction, givenWebAcl } from '../given';

/** Every construct of the layer in its minimal form; `ApiGatewayLogging` comes with the APIs. */
export function ingress(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Ingress', env);
  const { vpc, alarmActions, accessLogs, certificate } = stack;
  const { cluster } = stack.create(TradingCluster, 'Cluster', { vpc });
  const service = stack.create(TradingService, 'Service', { cluster, definition: stack.definition() });
  const allowFrom = [ec2.Peer.prefixList('pl-1')];
  stack.create(TradingLoadBalancer, 'LoadBalancer', { vpc, service, allowFrom, accessLogs, certificate });
  stack.create(TradingNetworkLoadBalancer, 'Network', { vpc, target: NetworkTarget.service(service), allowFrom, accessLogs, certificate, alarmActions });
  stack.create(TradingRestApi, 'Rest', {
    vpc,
    backend: RestApiBackend.applicationLoadBalancer(stack.loadBalancer()),
    userPools: [cognito.UserPool.fromUserPoolId(stack, 'GivenPool', 'us-east-1_abcdefghi')],
    routes: [{ method: RestMethod.GET, path: '/v1/orders' }],
    webAcl: givenWebAcl(stack, 'REGIONAL'),
    alarmActions,
  });
  stack.create(ServerlessRestApi, 'Functions', {
    userPools: [cognito.UserPool.fromUserPoolId(stack, 'GivenPoolOfFunctions', 'us-east-1_abcdefghi')],
    routes: [{ method: RestMethod.GET, path: '/v1/trades', handler: givenFunction(stack, 'Trades') }],
    webAcl: givenWebAcl(stack, 'REGIONAL'),
    alarmActions,
  });
  stack.create(TradingWebSocketApi, 'WebSocket', {
    authorizer: givenFunction(stack, 'Authorize'), onConnect: givenFunction(stack, 'Connect'), onDisconnect: givenFunction(stack, 'Disconnect'),
    onSubscribe: givenFunction(stack, 'Subscribe'), alarmActions,
  });
}
