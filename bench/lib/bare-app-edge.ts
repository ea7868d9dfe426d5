import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as apigatewayv2 from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as wafv2 from 'aws-cdk-lib/aws-wafv2';
import * as xray from 'aws-cdk-lib/aws-xray';
import type { Construct } from 'constructs';
import type { Budget } from './bare-app-budget';
import { around, type Shared, SUBNETS } from './bare-app-shared';

/** A REST API whose methods are passed on, with the sign-in of the user pool. */
export function buildRestApi(scope: Construct, budget: Budget, shared: Shared): void {
  if (budget.take('ApiGateway::RestApi') === 0) return;
  budget.take('ApiGateway::Deployment');
  budget.take('ApiGateway::Stage');
  const api = new apigateway.RestApi(scope, 'Rest', { cloudWatchRole: false, endpointTypes: [apigateway.EndpointType.REGIONAL] });
  shared.restApi = api;
  const [authorizer] = budget.each('ApiGateway::Authorizer', (id) => (
    new apigateway.CognitoUserPoolsAuthorizer(scope, id, { cognitoUserPools: [shared.userPool!] })));
  const [requestValidator] = budget.each('ApiGateway::RequestValidator', (id) => api.addRequestValidator(id, { validateRequestBody: true }));
  budget.each('ApiGateway::Model', (id) => api.addModel(id, { schema: { type: apigateway.JsonSchemaType.OBJECT, required: ['symbol'] } }));
  const resources = budget.each('ApiGateway::Resource', (id) => api.root.addResource(id));
  const integration = new apigateway.HttpIntegration(`http://${shared.loadBalancer!.loadBalancerDnsName}`, { proxy: true });
  budget.each('ApiGateway::Method', (_, index) => (
    around(resources, index).addMethod(index < resources.length ? 'GET' : 'POST', integration, { authorizer, requestValidator })));
  const types = [
    apigateway.ResponseType.DEFAULT_4XX, apigateway.ResponseType.DEFAULT_5XX, apigateway.ResponseType.UNAUTHORIZED,
    apigateway.ResponseType.ACCESS_DENIED,
    apigateway.ResponseType.THROTTLED, apigateway.ResponseType.BAD_REQUEST_BODY, apigateway.ResponseType.WAF_FILTERED,
  ];
  const templates = { 'application/json': '{}' };
  budget.each('ApiGateway::GatewayResponse', (id, index) => api.addGatewayResponse(id, { type: types[index], templates }));
  budget.each('ApiGateway::Account', (id) => new apigateway.CfnAccount(scope, id));
  budget.each('ApiGateway::ClientCertificate', (id) => new apigateway.CfnClientCertificate(scope, id));
}

/** A WebSocket API in front of functions. */
export function buildWebSocketApi(scope: Construct, budget: Budget, shared: Shared, functions: readonly lambda.Function[]): void {
  if (budget.take('ApiGatewayV2::Api') === 0) return;
  const webSocketApi = new apigatewayv2.WebSocketApi(scope, 'Socket');
  const authorizer = budget.take('ApiGatewayV2::Authorizer') > 0 ? new WebSocketLambdaAuthorizer('Authorizer', around(functions, 0)) : undefined;
  if (authorizer) budget.take('Lambda::Permission');
  const keys = ['$connect', '$disconnect', '$default', 'subscribe', 'unsubscribe'];
  let responses = budget.take('ApiGatewayV2::RouteResponse', Infinity);
  budget.each('ApiGatewayV2::Route', (id, index) => {
    budget.take('ApiGatewayV2::Integration');
    budget.take('Lambda::Permission');
    return webSocketApi.addRoute(keys[index], {
      integration: new WebSocketLambdaIntegration(id, around(functions, 1)),
      authorizer: index === 0 ? authorizer : undefined,
      returnResponse: index >= 2 && responses-- > 0,
    });
  });
  budget.each('ApiGatewayV2::Stage', (id) => new apigatewayv2.WebSocketStage(scope, id, { webSocketApi, stageName: 'live', autoDeploy: true }));
  budget.each('ApiGatewayV2::VpcLink', (id) => new apigatewayv2.VpcLink(scope, id, { vpc: shared.vpc!, subnets: SUBNETS }));
}

const RULE_GROUPS = ['AWSManagedRulesCommonRuleSet', 'AWSManagedRulesKnownBadInputsRuleSet', 'AWSManagedRulesAmazonIpReputationList'];
const EVERYTHING = { host: '*', httpMethod: '*', resourceArn: '*', serviceName: '*', serviceType: '*', urlPath: '*' };

/** Firewalls, sampling and CloudFront. */
export function buildEdge(scope: Construct, budget: Budget, shared: Shared): void {
  const metrics = { cloudWatchMetricsEnabled: true, metricName: 'acl', sampledRequestsEnabled: true };
  const acls = budget.each('WAFv2::WebACL', (id) => new wafv2.CfnWebACL(scope, id, {
    scope: budget.count('CloudFront::Distribution') > 0 ? 'CLOUDFRONT' : 'REGIONAL',
    defaultAction: { allow: {} },
    visibilityConfig: metrics,
    rules: RULE_GROUPS.map((name, priority) => ({
      name, priority, overrideAction: { none: {} }, statement: { managedRuleGroupStatement: { vendorName: 'AWS', name } }, visibilityConfig: metrics,
    })),
  }));
  budget.each('WAFv2::LoggingConfiguration', (id, index) => new wafv2.CfnLoggingConfiguration(scope, id, {
    resourceArn: acls[index].attrArn, logDestinationConfigs: ['arn:aws:logs:us-east-1:111111111111:log-group:aws-waf-logs-bare'],
  }));
  budget.each('WAFv2::WebACLAssociation', (id, index) => new wafv2.CfnWebACLAssociation(scope, id, {
    resourceArn: shared.restApi!.deploymentStage.stageArn, webAclArn: acls[index].attrArn,
  }));
  budget.each('XRay::SamplingRule', (id, index) => new xray.CfnSamplingRule(scope, id, {
    samplingRule: { ...EVERYTHING, ruleName: `rule-${index}`, priority: 100 + index, fixedRate: 0.05, reservoirSize: 1, version: 1 },
  }));
  const policies = budget.each('CloudFront::CachePolicy', (id) => new cloudfront.CachePolicy(scope, id));
  budget.each('CloudFront::Distribution', (id) => new cloudfront.Distribution(scope, id, {
    webAclId: acls[0]?.attrArn,
    defaultBehavior: {
      origin: new HttpOrigin(`${shared.restApi!.restApiId}.execute-api.${Stack.of(shared.restApi!).region}.amazonaws.com`), cachePolicy: policies[0],
    },
  }));
}

/** Alarms that tell a topic, and a dashboard. */
export function buildAlarms(scope: Construct, budget: Budget, shared: Shared): void {
  // CloudFront's own alarms are in us-east-1, whatever region is behind it.
  const isAtHome = Stack.of(scope).region === Stack.of(shared.vpc!).region;
  const metric = (index: number) => (isAtHome
    ? around(shared.queues, index).metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' })
    : new cloudwatch.Metric({ namespace: 'AWS/CloudFront', metricName: '5xxErrorRate', dimensionsMap: { Region: 'Global' } }));
  const alarms = budget.each('CloudWatch::Alarm', (id, index) => {
    const alarm = metric(index).createAlarm(scope, id, { threshold: 30, evaluationPeriods: 3, alarmDescription: 'Messages wait' });
    if (shared.topic && isAtHome) alarm.addAlarmAction(new actions.SnsAction(shared.topic));
    return alarm;
  });
  budget.each('CloudWatch::CompositeAlarm', (id, index) => new cloudwatch.CompositeAlarm(scope, id, {
    alarmRule: cloudwatch.AlarmRule.anyOf(around(alarms, index), around(alarms, index + 1)),
  }));
  budget.each('CloudWatch::Dashboard', (id) => new cloudwatch.Dashboard(scope, id, {
    widgets: [0, 3, 6].map((row) => [0, 1, 2].map((index) => new cloudwatch.GraphWidget({ title: `Row ${row}`, left: [metric(row + index)] }))),
  }));
}
