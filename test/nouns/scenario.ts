/** Templates that the documents' nouns are looked for in. */
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { testApp } from '../support/apps';
import { LayerStack } from '../support/every-construct/common';

/** A stack with what a platform team has already. */
export class ScenarioStack extends LayerStack {
  private group?: ec2.ISecurityGroup;

  /** Whoever may connect. */
  public clients(): ec2.ISecurityGroup {
    this.group ??= ec2.SecurityGroup.fromSecurityGroupId(this, 'GivenClients', 'sg-0fedcba9876543210');
    return this.group;
  }

  /** A VPC with public subnets besides, for what has public addresses. */
  public vpcWithPublicSubnets(): ec2.IVpc {
    const ids = (name: string) => [1, 2, 3].map((zone) => `subnet-${name}${zone}`);
    const tables = (name: string) => [1, 2, 3].map((zone) => `rtb-${name}${zone}`);
    return ec2.Vpc.fromVpcAttributes(this, 'GivenPublicVpc', {
      vpcId: 'vpc-00000000000000001',
      availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
      publicSubnetIds: ids('public'),
      publicSubnetRouteTableIds: tables('public'),
      privateSubnetIds: ids('private'),
      privateSubnetRouteTableIds: tables('private'),
    });
  }
}

/** What defines a template, by its name. */
export type Scenarios = Record<string, (stack: ScenarioStack) => void>;

/** The template of a scenario. Stacks that a construct adds by itself belong to it, after the scenario's own. */
export function templatesOf(define: (stack: ScenarioStack) => void, region = 'us-east-1'): Template[] {
  const app = testApp();
  const stack = new ScenarioStack(app, 'Scenario', { region });
  define(stack);
  return app.node.findAll().filter((node): node is Stack => Stack.isStack(node)).map((each) => Template.fromStack(each));
}
