import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { IConstruct } from 'constructs';

/**
 * Endpoints whose services take no policy: a template that gives them one fails at deployment. What the agents of container
 * instances may do there is said by the role of the instance alone.
 */
const WITHOUT_POLICY = ['ecs', 'ecs-agent', 'ecs-telemetry'];

/** What may pass an interface endpoint; nothing is said for services that take no policy. */
export function interfaceEndpointStatements(scope: IConstruct, service: string): iam.PolicyStatement[] {
  if (WITHOUT_POLICY.includes(service)) return [];
  // Signing in and reading the keys of a pool carry no signature, so there is no principal to compare; the pool must be ours.
  if (service === 'cognito-idp') return [new iam.PolicyStatement({ sid: 'OwnPools', ...everything(), conditions: { StringEqualsIfExists: ownResource(scope) } })];
  return [ownAccount(scope)];
}

/** What may pass the endpoint of DynamoDB. */
export function dynamoDbStatements(scope: IConstruct): iam.PolicyStatement[] {
  return [ownAccount(scope)];
}

/** Other people's buckets that a network needs. */
export interface S3EndpointOptions {
  readonly containerInstances: boolean;
  readonly externalBuckets: s3.IBucket[];
}

/**
 * What may pass the endpoint of S3: our principals in our buckets, layers of images, packages of Amazon Linux for container instances,
 * and reading from the buckets that the user names. Stolen keys of another account and copies into its buckets do not.
 */
export function s3Statements(scope: IConstruct, options: S3EndpointOptions): iam.PolicyStatement[] {
  const { region, partition } = Stack.of(scope);
  const objects = (bucket: string) => `arn:${partition}:s3:::${bucket}/*`;
  const statements = [
    ownAccount(scope),
    // ECR hands out URLs that its own account has signed, so no condition on the principal holds here.
    new iam.PolicyStatement({ sid: 'EcrLayers', principals: [new iam.AnyPrincipal()], actions: ['s3:GetObject'], resources: [objects(`prod-${region}-starport-layer-bucket`)] }),
  ];
  if (options.containerInstances) {
    // dnf asks without a signature.
    statements.push(new iam.PolicyStatement({ sid: 'AmazonLinux', principals: [new iam.AnyPrincipal()], actions: ['s3:GetObject'], resources: [objects(`al2023-repos-${region}-de612dc2`)] }));
  }
  if (options.externalBuckets.length > 0) {
    statements.push(new iam.PolicyStatement({
      sid: 'ExternalBuckets',
      principals: [new iam.AnyPrincipal()],
      actions: ['s3:GetObject', 's3:ListBucket'],
      resources: options.externalBuckets.flatMap((bucket) => [bucket.bucketArn, bucket.arnForObjects('*')]),
      conditions: { StringEquals: ownPrincipal(scope) },
    }));
  }
  return statements;
}

function ownAccount(scope: IConstruct): iam.PolicyStatement {
  // Requests that are about no resource, such as ecr:GetAuthorizationToken, name no account of it.
  return new iam.PolicyStatement({ sid: 'OwnAccount', ...everything(), conditions: { StringEquals: ownPrincipal(scope), StringEqualsIfExists: ownResource(scope) } });
}

function everything() {
  return { principals: [new iam.AnyPrincipal()], actions: ['*'], resources: ['*'] };
}

function ownPrincipal(scope: IConstruct) {
  return { 'aws:PrincipalAccount': Stack.of(scope).account };
}

function ownResource(scope: IConstruct) {
  return { 'aws:ResourceAccount': Stack.of(scope).account };
}
