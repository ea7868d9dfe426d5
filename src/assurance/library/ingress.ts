import { CfnStage } from 'aws-cdk-lib/aws-apigateway';
import { CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { IConstruct } from 'constructs';
import { findingsOf, has } from './finding';
import { AWS_SOLUTIONS, REGULATED, WITHOUT_R4 } from './packs';
import { ApiGatewayLogging } from '../../constructs/ingress/api-gateway-logging';
import { ServerlessRestApi } from '../../constructs/ingress/serverless-rest-api';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { TradingRestApi } from '../../constructs/ingress/trading-rest-api';
import { TradingWebSocketApi } from '../../constructs/ingress/trading-web-socket-api';

/** Routes without an authorizer; `$connect` has one. */
const unauthorized = (route: IConstruct) => route instanceof CfnRoute && (route.authorizationType ?? 'NONE') === 'NONE';

/** APIs of which no route is cached. */
const isUncached = (api: IConstruct) => (api as ServerlessRestApi).restApi.deploymentStage.node.defaultChild instanceof CfnStage
  && ((api as ServerlessRestApi).restApi.deploymentStage.node.defaultChild as CfnStage).cacheClusterEnabled !== true;

/** Load balancers without a public address. */
const isInternal = (balancer: IConstruct) => !(balancer as TradingLoadBalancer).exposure.isPublic;

/** What is accepted in constructs of ingress. */
export const INGRESS = [
  findingsOf(ApiGatewayLogging, {
    at: 'Role/Resource', rule: 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]', packs: AWS_SOLUTIONS,
    reason: 'API Gateway checks for the permissions of this policy of its own before it accepts the role for its logs.',
    control: 'only API Gateway can assume the role',
  }),
  findingsOf(TradingLoadBalancer,
    {
      at: 'Resource/Redirect/Resource', when: has('Resource/Redirect'), rule: 'ELBv2ACMCertificateRequired', packs: WITHOUT_R4,
      reason: 'This listener answers every request with a redirect to HTTPS and forwards none; a listener for plain HTTP has no certificate.',
      control: 'the other listener has the certificate',
    },
    {
      at: 'Resource/Resource', when: isInternal, rule: 'ALBWAFEnabled', packs: ['NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'],
      reason: 'The load balancer has no public address; requests come through CloudFront, whose web ACL has seen them.',
      control: 'its security group admits CloudFront\'s VPC origins alone',
    }),
  findingsOf(ServerlessRestApi, {
    at: 'Resource/DeploymentStage.*/Resource', when: isUncached, rule: 'APIGWCacheEnabledAndEncrypted', packs: REGULATED,
    reason: 'No route says that its answer is the same for all callers, so the stage has no cache that could be encrypted.',
    control: 'caching is off for all methods of the stage',
  }, {
    at: 'Resource/DeploymentStage.*/Resource', rule: 'APIGWSSLEnabled', packs: WITHOUT_R4,
    reason: 'The routes call functions by IAM; there is no server behind the stage to which a client certificate could be shown.',
    control: 'each function lets this API and this route call it, and nobody else',
  }),
  findingsOf(TradingRestApi, {
    at: 'Resource/DeploymentStage.*/Resource', rule: 'APIGWCacheEnabledAndEncrypted', packs: REGULATED,
    reason: 'Answers belong to one account each and change with every order, so the stage has no cache that could be encrypted.',
    control: 'caching is off for all methods of the stage',
  }),
  findingsOf(TradingWebSocketApi, {
    at: 'Resource/*-Route/Resource', rule: 'APIG4', packs: AWS_SOLUTIONS, foundIn: unauthorized,
    reason: 'A WebSocket API authorizes when a client connects; later messages of a connection cannot have an authorizer.',
    control: '$connect has an authorizer, and API Gateway binds messages to their connection',
  }),
];
