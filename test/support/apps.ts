import { App, AppProps, Environment } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { TradingStack } from '../../src';

// Most tests read templates. Validating them takes longer than making them; the tests of the rule packs turn it on.
process.env.CDK_VALIDATION ??= 'false';

/** An app as tests need it: nothing is bundled, no version of the library is written into the templates. */
export function testApp(props: AppProps = {}): App {
  return new App({ analyticsReporting: false, ...props, context: { 'aws:cdk:bundling-stacks': [], ...props.context } });
}

/** A stack of its own app, in us-east-1. */
export function testStack(env?: Environment): TradingStack {
  return new TradingStack(testApp(), 'Test', { env });
}

/** A VPC that exists already, over three zones, with private and isolated subnets. */
export function givenVpc(stack: TradingStack, options: { isolated: boolean } = { isolated: true }): ec2.IVpc {
  const ids = (kind: number) => [1, 2, 3].map((index) => `subnet-000000000000000${kind}${index}`);
  const tables = (kind: number) => [1, 2, 3].map((index) => `rtb-000000000000000${kind}${index}`);
  return ec2.Vpc.fromVpcAttributes(stack, 'GivenVpc', {
    vpcId: 'vpc-00000000000000001',
    availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
    privateSubnetIds: ids(1),
    privateSubnetRouteTableIds: tables(1),
    ...(options.isolated ? { isolatedSubnetIds: ids(2), isolatedSubnetRouteTableIds: tables(2) } : {}),
  });
}
