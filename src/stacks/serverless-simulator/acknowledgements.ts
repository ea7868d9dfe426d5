import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as s3deploy from 'aws-cdk-lib/aws-s3-deployment';
import { IConstruct } from 'constructs';
import { acknowledge } from '../../assurance/acknowledge';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { StaticSite } from '../../constructs/edge/static-site';
import { TradingWebSocketApi } from '../../constructs/ingress/trading-web-socket-api';

/** Every finding of the AwsSolutions pack that the simulator accepts beyond those of the library, each at the construct that has it. */
function accept(scope: IConstruct, rule: string, reason: string, control: string): void {
  acknowledge(scope, { rule: `AwsSolutions::AwsSolutions-${rule}`, reason, control, owner: 'platform', reviewBy: '2027-05-31' });
}

/** Routes that are called before anybody can have a token. */
export function acceptPublicRoutes(restApi: apigateway.RestApi): void {
  const methods = restApi.node.findAll().filter((one): one is apigateway.CfnMethod => one instanceof apigateway.CfnMethod);
  for (const method of methods.filter(({ authorizationType }) => authorizationType === apigateway.AuthorizationType.NONE)) {
    for (const rule of ['APIG4', 'COG4']) {
      accept(method, rule,
        'Signing in is how one gets a token, and the list of instruments is the same for everybody who looks at the page.',
        'sign-ins are limited per second and by the web ACL per address; Cognito refuses passwords that are tried');
    }
  }
}

/** Whoever tells listeners about prices. */
export function acceptConnections(ingestion: TradingFunction, api: TradingWebSocketApi): void {
  const stack = Stack.of(api);
  const connections = `arn:${stack.partition}:execute-api:${stack.region}:${stack.account}:${api.webSocketApi.apiId}/live/POST/@connections/*`;
  accept(ingestion.role.node.findChild('DefaultPolicy'), `IAM5[Resource::${connections}]`,
    'API Gateway names the connections of listeners when they come, so their ids are open below one API.',
    'the one API and stage of the simulator, and sending only');
}

/** CloudFront's own name. */
export function acceptCloudFrontName(site: StaticSite, endpoint?: PublicEndpoint): void {
  if (endpoint?.isCustom === true) return;
  accept(site.distribution, 'CFR4',
    'CloudFront fixes the protocols of its own certificate, which the name ….cloudfront.net needs; a custom domain gets TLS 1.2 or newer.',
    'viewers are redirected to HTTPS, and a custom domain removes the finding');
}

/** What the CDK writes the page with; its function, role and policy are the CDK's. */
export function acceptPageDeployment(pages: s3deploy.BucketDeployment, site: StaticSite): void {
  const stack = Stack.of(pages);
  const handler = stack.node.children.find(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'))!;
  const role = handler.node.findChild('ServiceRole');
  const control = 'the function is called by CloudFormation alone, when the page is deployed';
  accept(role, 'IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'The CDK defines the function that writes the page with this policy, which lets it write its log.', control);
  accept(handler, 'L1', 'The CDK chooses the runtime of its own function, and moves it with its releases.', control);
  const findings = [
    ...['s3:GetBucket*', 's3:GetObject*', 's3:List*', 's3:Abort*', 's3:DeleteObject*'].map((action) => `Action::${action}`),
    `Resource::${site.bucket.bucketArn}/*`,
    `Resource::arn:${stack.partition}:s3:::cdk-hnb659fds-assets-${stack.account}-${stack.region}/*`,
    'Resource::*',
  ];
  for (const finding of findings) {
    accept(role.node.findChild('DefaultPolicy'), `IAM5[${finding}]`,
      'The CDK grants its function all files of the two buckets between which it copies the page, in this form.', control);
  }
}
