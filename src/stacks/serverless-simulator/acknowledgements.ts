import { Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import type * as s3deploy from 'aws-cdk-lib/aws-s3-deployment';
import { IConstruct } from 'constructs';
import type { SimulatorApplicationStack } from './application-stack';
import type { SimulatorDataStack } from './data-stack';
import { ScheduledFunction } from './schedules';
import { acknowledge } from '../../assurance/acknowledge';
import { TradingFunction } from '../../constructs/compute/trading-function';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { StaticSite } from '../../constructs/edge/static-site';
import { TradingWebSocketApi } from '../../constructs/ingress/trading-web-socket-api';
import { accept as acceptRules, acceptDeadLetterQueue, acceptOutsideVpc, controlTower, inPacks } from '../acknowledgements-shared';

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
  acceptRules(handler, [
    ...inPacks('LambdaConcurrency', ['HIPAA.Security', 'NIST.800.53.R5']), ...inPacks('LambdaDLQ', ['HIPAA.Security', 'NIST.800.53.R5', 'Serverless']),
    ...inPacks('LambdaInsideVPC'), ...inPacks('LambdaLatestVersion', ['Serverless']), ...inPacks('LambdaTracing', ['Serverless']), controlTower('lambda_inside_vpc_check'),
  ], 'The CDK defines this function and how it runs: once per deployment, while CloudFormation waits for its answer. It copies public files from bucket to bucket.', control);
  acceptRules(role.node.findChild('DefaultPolicy'), inPacks('IAMNoInlinePolicy'), 'The CDK writes what its function may do into a policy of that role alone.', control);
  for (const finding of findings) {
    accept(role.node.findChild('DefaultPolicy'), `IAM5[${finding}]`,
      'The CDK grants its function all files of the two buckets between which it copies the page, in this form.', control);
  }
}

/** Functions that need no network, since everything that they call is a public endpoint of AWS. */
export function acceptWithoutNetwork(scope: IConstruct): void {
  for (const fn of scope.node.findAll().filter((each): each is TradingFunction => each instanceof TradingFunction && !each.function.isBoundToVpc)) {
    acceptOutsideVpc(fn,
      'The function calls DynamoDB, S3, SQS and Cognito, and prices of an exchange on the internet. In a VPC it would need a NAT gateway, which costs more than the whole simulator.',
      'its role names its tables, prefixes and queues; only API Gateway, a queue or a schedule calls it');
  }
}

/** Ways in and timers of the functions and containers. */
export function acceptApplication({ ingress, serverlessApi, node }: SimulatorApplicationStack): void {
  for (const timer of node.findAll().filter((each): each is ScheduledFunction => each instanceof ScheduledFunction)) {
    acceptRules(timer.role, inPacks('IAMNoInlinePolicy'),
      'The CDK writes what a role may do into a policy of that role alone: here, that the scheduler calls one function.', 'the policy has one statement, for one function');
  }
  if (ingress !== undefined) {
    acceptRules(ingress.listener, [
      ...inPacks('ALBHttpToHttpsRedirection'), ...inPacks('ELBv2ACMCertificateRequired', ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']),
      controlTower('alb_http_to_https_redirection_check'), ...inPacks('NoPlaintextListener', ['TradingPlatform']),
    ], 'TLS ends at API Gateway, whose VPC link speaks HTTP to a load balancer without a public address; no name leads to it that a certificate could be for.',
    'the load balancer\'s security group lets in the VPC link alone');
  }
  const stage = serverlessApi?.restApi.deploymentStage;
  if (stage !== undefined && (stage.node.defaultChild as apigateway.CfnStage).cacheClusterEnabled === true) {
    acceptRules(stage, [...inPacks('APIGWCacheEnabledAndEncrypted'), controlTower('api_gw_cache_encrypted_check')],
      'Two routes are cached, whose answers are the same for everybody, and both encrypt what they cache. The rules want every route to be cached; answers about one account must not be.',
      'caching is off for all other routes');
  }
}

/** Play money, prices and backtests. */
export function acceptSharedKeys(data: SimulatorDataStack): void {
  const { trades, expanded, scaled, analytics } = data;
  const stores = [
    trades, ...(expanded === undefined ? [] : [expanded.prices, expanded.backtests, expanded.coldStore, expanded.lightQueue]),
    ...(scaled === undefined ? [] : [scaled.heavyQueue, scaled.connections]),
  ];
  for (const store of stores) {
    acceptRules(store, inPacks('EncryptedByOwnKey', ['TradingPlatform']),
      'The simulator holds play money, prices and results of backtests. A key per class of data would cost as much as the rest of it and protect nothing that is worth money.',
      'encrypted with keys of the service in this account; roles name the store');
  }
  if (analytics !== undefined) {
    acceptRules(analytics, [
      ...inPacks('EncryptedByOwnKey', ['TradingPlatform']), ...inPacks('RDSInBackupPlan', ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5']),
      ...inPacks('SecretsManagerUsingKMSKey', ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']), controlTower('rds_storage_encrypted_kms_key_check'),
    ], 'The database is a copy of the trades table for questions that DynamoDB cannot answer. It is filled again from there, so it needs no plan and no key of its own.',
    'encrypted with keys of the services in this account, automated backups, and the table itself has point-in-time recovery');
  }
  for (const queue of [expanded?.lightQueue, scaled?.heavyQueue].filter((each) => each !== undefined)) {
    acceptDeadLetterQueue(queue.deadLetterQueue);
  }
  if (expanded !== undefined) {
    acceptRules(expanded.coldStore, [...inPacks('S3DefaultEncryptionKMS', ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']), controlTower('s3_bucket_default_encryption_kms_check')],
      'Candles are public and reports are about play money; both are encrypted with S3\'s own keys, which cost nothing.', 'public access is blocked, roles name their prefixes');
  }
}
