import { Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { TradingNetwork, TradingNetworkProps } from '../../../src';
import { testStack } from '../../support/apps';
import { resourcesOf } from '../../support/templates';

interface PolicyStatement { Sid: string; Action: string | string[]; Resource: unknown; Principal: unknown; Condition?: object }

function policies(props: TradingNetworkProps = {}, stack: Stack = testStack()) {
  const network = new TradingNetwork(stack, 'Network', props);
  const resources = resourcesOf(stack);
  const endpoints = Object.values(resources).filter(({ Type }) => Type === 'AWS::EC2::VPCEndpoint');
  const of = (name: string): PolicyStatement[] | undefined => {
    const [found] = endpoints.filter(({ Properties }) => JSON.stringify(Properties.ServiceName).includes(`.${name}"`));
    return (found.Properties.PolicyDocument as { Statement: PolicyStatement[] } | undefined)?.Statement;
  };
  return { stack, network, endpoints, of };
}

const account = { Ref: 'AWS::AccountId' };

test('every endpoint that takes a policy lets only our own principals pass to our own resources', () => {
  const { endpoints, of } = policies();
  expect(endpoints).toHaveLength(9);
  for (const name of ['s3', 'dynamodb', 'ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'kinesis-streams', 'sqs']) {
    const open = of(name)!.filter(({ Action }) => Action === '*');
    expect({ name, conditions: open.map(({ Condition }) => Condition) }).toEqual({
      name, conditions: [{ StringEquals: { 'aws:PrincipalAccount': account }, StringEqualsIfExists: { 'aws:ResourceAccount': account } }],
    });
  }
});

test('signing in carries no signature, so the endpoint of Cognito compares the pool alone', () => {
  expect(policies().of('cognito-idp')).toEqual([expect.objectContaining({ Condition: { StringEqualsIfExists: { 'aws:ResourceAccount': account } } })]);
});

test('layers of images can be read from ECR\'s bucket, which is not ours, and nothing else of others', () => {
  const others = policies().of('s3')!.filter(({ Action }) => Action !== '*');
  expect(others).toHaveLength(1);
  expect(others[0]).toMatchObject({ Sid: 'EcrLayers', Action: 's3:GetObject', Principal: { AWS: '*' } });
  expect(JSON.stringify(others[0].Resource)).toContain(':s3:::prod-us-east-1-starport-layer-bucket/*');
});

test('container instances get the endpoints of their agent, which take no policy, and the packages of Amazon Linux', () => {
  const { of, network } = policies({ containerInstances: true });
  expect(Object.keys(network.interfaceEndpoints)).toEqual(expect.arrayContaining(['ecs', 'ecs-agent', 'ecs-telemetry', 'ecr.api']));
  for (const name of ['ecs', 'ecs-agent', 'ecs-telemetry']) expect(of(name)).toBeUndefined();
  expect(of('s3')!.map(({ Sid }) => Sid)).toEqual(['OwnAccount', 'EcrLayers', 'AmazonLinux']);
  expect(JSON.stringify(of('s3'))).toContain(':s3:::al2023-repos-us-east-1-de612dc2/*');
});

test('an endpoint that is named twice is made once', () => {
  expect(Object.keys(policies({ containerInstances: true, interfaceEndpoints: ['ecs', 'ecs', 'kms'] }).network.interfaceEndpoints)).toEqual(['ecs', 'kms', 'ecs-agent', 'ecs-telemetry']);
});

test('buckets of others are read by our principals only, and not written', () => {
  const stack = testStack();
  const { of } = policies({ externalBuckets: [s3.Bucket.fromBucketName(stack, 'Vendor', 'vendor-prices')] }, stack);
  const vendor = of('s3')!.find(({ Sid }) => Sid === 'ExternalBuckets')!;
  expect(vendor.Action).toEqual(['s3:GetObject', 's3:ListBucket']);
  expect(vendor.Condition).toEqual({ StringEquals: { 'aws:PrincipalAccount': account } });
  expect(JSON.stringify(vendor.Resource)).toContain('vendor-prices/*');
});
