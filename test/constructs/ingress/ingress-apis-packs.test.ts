import { App } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TradingStack } from '../../../src';
import { ApiDomain } from '../../../src/constructs/ingress/api-domain';
import { NetworkTarget } from '../../../src/constructs/ingress/network-target';
import { RestApiBackend } from '../../../src/constructs/ingress/rest-api-backend';
import { RestMethod } from '../../../src/constructs/ingress/rest-api-route';
import { TradingNetworkLoadBalancer } from '../../../src/constructs/ingress/trading-network-load-balancer';
import { TradingRestApi } from '../../../src/constructs/ingress/trading-rest-api';
import { TradingWebSocketApi } from '../../../src/constructs/ingress/trading-web-socket-api';
import { givenVpc } from '../../support/apps';
import { givenAlarmAction, givenFunction, givenWebAcl } from '../../support/given';
import { accept, packReport } from '../../support/rule-packs';

function build(app: App): void {
  const stack = new TradingStack(app, 'Ingress');
  const vpc = givenVpc(stack);
  const alarmActions = [givenAlarmAction(stack)];
  const loadBalancer = elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'Given', {
    loadBalancerArn: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/api/50dc6c495c0c9188', securityGroupId: 'sg-0123456789abcdef0', vpc,
  });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(stack, 'Zone', { hostedZoneId: 'Z0123456789ABCDEFGHIJ', zoneName: 'example.com' });
  const rest = new TradingRestApi(stack, 'Rest', {
    vpc,
    backend: RestApiBackend.applicationLoadBalancer(loadBalancer),
    userPools: [cognito.UserPool.fromUserPoolId(stack, 'Pool', 'us-east-1_abcdefghi')],
    routes: [{ method: RestMethod.GET, path: '/v1/orders' }, { method: RestMethod.DELETE, path: '/v1/orders/{id}', rateLimit: 10 }],
    webAcl: givenWebAcl(stack, 'REGIONAL'),
    cors: { allowOrigins: ['https://trade.example.com'] },
    domain: ApiDomain.of({ domainName: 'api.example.com', hostedZone }),
    alarmActions,
  });
  accept(rest.stage, {
    rule: 'APIGWCacheEnabledAndEncrypted',
    packs: ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'],
    reason: 'Answers belong to one account each and change with every order, so the stage has no cache that could be encrypted.',
    control: 'caching is off for all methods of the stage',
  });
  accept(stack.node.findChild('ApiGatewayLogging'), {
    rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    packs: ['AwsSolutions'],
    reason: 'API Gateway checks for the permissions of this policy of its own before it accepts the role for its logs.',
    control: 'only API Gateway can assume the role',
  });
  const webSocket = new TradingWebSocketApi(stack, 'WebSocket', {
    authorizer: givenFunction(stack, 'Authorize'), onConnect: givenFunction(stack, 'Connect'), onDisconnect: givenFunction(stack, 'Disconnect'),
    onSubscribe: givenFunction(stack, 'Subscribe'), alarmActions,
    domain: ApiDomain.of({ domainName: 'stream.example.com', hostedZone }),
  });
  accept(webSocket.webSocketApi, {
    rule: 'APIG4',
    packs: ['AwsSolutions'],
    reason: 'A WebSocket API authorizes when a client connects; later messages of a connection cannot have an authorizer.',
    control: '$connect has an authorizer, and API Gateway binds messages to their connection',
  });
  new TradingNetworkLoadBalancer(stack, 'Network', {
    vpc,
    target: NetworkTarget.service({ port: 8080, healthPath: '/health', connections: loadBalancer.connections, service: new Tasks() } as never),
    allowFrom: [ec2.Peer.prefixList('pl-1')],
    certificate: acm.Certificate.fromCertificateArn(stack, 'Certificate', 'arn:aws:acm:us-east-1:111111111111:certificate/1234'),
    accessLogs: s3.Bucket.fromBucketName(stack, 'Logs', 'access-logs'),
    alarmActions,
  });
}

/** Stands for the tasks of a service, whose own findings belong to the tests of compute. */
class Tasks implements elbv2.INetworkLoadBalancerTarget {
  public attachToNetworkTargetGroup(): elbv2.LoadBalancerTargetProps {
    return { targetType: elbv2.TargetType.IP };
  }
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual([
    'APIG4',
    'APIGWCacheEnabledAndEncrypted',
    'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
  ]);
});
