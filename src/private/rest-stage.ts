import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import { IKey } from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IWebACLRef, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import { encryptedLogs } from './encrypted-logs';

/** Name of the only stage of a REST API. */
export const REST_STAGE = 'live';

/** What API Gateway itself refuses, in the form in which the services of this package answer. */
const REFUSALS: Array<[string, apigateway.ResponseType, string]> = [
  ['Unauthorized', apigateway.ResponseType.UNAUTHORIZED, 'unauthorized'],
  ['Denied', apigateway.ResponseType.ACCESS_DENIED, 'forbidden'],
  ['Throttled', apigateway.ResponseType.THROTTLED, 'too_many_requests'],
  ['Body', apigateway.ResponseType.BAD_REQUEST_BODY, 'invalid_body'],
  ['Parameters', apigateway.ResponseType.BAD_REQUEST_PARAMETERS, 'invalid_parameters'],
  ['Client', apigateway.ResponseType.DEFAULT_4XX, 'refused'],
  ['Server', apigateway.ResponseType.DEFAULT_5XX, 'unavailable'],
];

/** Lets API Gateway refuse in the words of the services. */
export function addRefusals(api: apigateway.RestApi, responseHeaders?: { [name: string]: string }): void {
  for (const [name, type, code] of REFUSALS) {
    api.addGatewayResponse(name, { type, responseHeaders, templates: { 'application/json': `{"code":"${code}","message":$context.error.messageString}` } });
  }
}

/** Address that AWS gives a stage, without a slash at the end. */
export function executeApiUrl(api: apigateway.RestApi): string {
  const { region, urlSuffix } = Stack.of(api);
  return Fn.join('', ['https://', api.restApiId, `.execute-api.${region}.`, urlSuffix, `/${REST_STAGE}`]);
}

/** Group of the stage's own errors. API Gateway would make it itself, without a key and for ever. */
export function executionLogs(
  scope: Construct,
  api: apigateway.RestApi,
  options: { encryptionKey: IKey; retention?: Duration },
): logs.LogGroup {
  const group = encryptedLogs(scope, 'ExecutionLogs', {
    logGroupName: `API-Gateway-Execution-Logs_${api.restApiId}/${REST_STAGE}`,
    removalPolicy: RemovalPolicy.DESTROY,
    ...options,
  });
  api.deploymentStage.node.addDependency(group);
  return group;
}

/** Puts a web ACL in front of a stage. */
export function protectStage(scope: Construct, stage: apigateway.Stage, webAcl?: IWebACLRef): void {
  if (webAcl !== undefined) new CfnWebACLAssociation(scope, 'WebAcl', { resourceArn: stage.stageArn, webAclArn: webAcl.webAclRef.webAclArn });
}

/** What both kinds of route ask of a request: its token and its body. */
export function requestRules(
  api: apigateway.RestApi,
  route: { method: string; path: string; bodySchema?: apigateway.JsonSchema; isPublic?: boolean; scopes?: string[] },
  authorizer?: apigateway.IAuthorizer,
): apigateway.MethodOptions {
  const { method, path, bodySchema } = route;
  return {
    requestModels: bodySchema === undefined ? undefined : {
      'application/json': api.addModel(`Body${method}${path.replace(/\W+/g, '-')}`, { contentType: 'application/json', schema: bodySchema }),
    },
    ...(route.isPublic === true
      ? { authorizationType: apigateway.AuthorizationType.NONE }
      : { authorizationType: apigateway.AuthorizationType.COGNITO, authorizer, authorizationScopes: route.scopes }),
  };
}

/** Access log of a stage: who asked for what, with which result; no tokens, no bodies. */
export function restAccessLogFormat(): apigateway.AccessLogFormat {
  const field = apigateway.AccessLogField;
  return apigateway.AccessLogFormat.custom(JSON.stringify({
    requestId: field.contextRequestId(),
    traceId: field.contextXrayTraceId(),
    time: field.contextRequestTime(),
    sub: field.contextAuthorizerClaims('sub'),
    ip: field.contextIdentitySourceIp(),
    method: field.contextHttpMethod(),
    route: field.contextResourcePath(),
    status: field.contextStatus(),
    bytes: field.contextResponseLength(),
    latencyMs: field.contextResponseLatency(),
    backendLatencyMs: field.contextIntegrationLatency(),
    backendStatus: field.contextIntegrationStatus(),
    refusal: field.contextErrorResponseType(),
    waf: field.contextWafResponseCode(),
  }));
}
