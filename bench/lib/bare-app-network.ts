import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Budget } from './bare-app-budget';
import { around, type Shared, SUBNETS } from './bare-app-shared';

const INTERFACES = [
  ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER, ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS, ec2.InterfaceVpcEndpointAwsService.ECR,
  ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER, ec2.InterfaceVpcEndpointAwsService.KINESIS_STREAMS, ec2.InterfaceVpcEndpointAwsService.SQS,
  ec2.InterfaceVpcEndpointAwsService.STS, ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING, ec2.InterfaceVpcEndpointAwsService.KMS,
];

/** A VPC with its endpoints and its flow log. */
export function buildNetwork(scope: Construct, budget: Budget, shared: Shared): void {
  if (budget.take('EC2::VPC') === 0) return;
  const zones = budget.take('EC2::Subnet', Infinity);
  budget.take('EC2::RouteTable', zones);
  budget.take('EC2::SubnetRouteTableAssociation', zones);
  const vpc = new ec2.Vpc(scope, 'Vpc', {
    natGateways: 0, restrictDefaultSecurityGroup: false, subnetConfiguration: [{ name: 'Isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
  });
  shared.vpc = vpc;
  // The L2 class attaches a gateway to a VPC with public subnets only.
  const [gateway] = budget.each('EC2::InternetGateway', (id) => new ec2.CfnInternetGateway(scope, id));
  budget.each('EC2::VPCGatewayAttachment', (id) => new ec2.CfnVPCGatewayAttachment(scope, id, { vpcId: vpc.vpcId, internetGatewayId: gateway.ref }));
  const securityGroup = buildSecurityGroups(scope, budget, shared)[0];
  budget.each('EC2::VPCEndpoint', (id, index) => (index < 2
    ? vpc.addGatewayEndpoint(id, { service: index === 0 ? ec2.GatewayVpcEndpointAwsService.S3 : ec2.GatewayVpcEndpointAwsService.DYNAMODB })
    : vpc.addInterfaceEndpoint(id, { service: around(INTERFACES, index), subnets: SUBNETS, securityGroups: [securityGroup], open: false })));
  const [key] = budget.each('KMS::Key', (id) => new kms.Key(scope, id, { enableKeyRotation: true }));
  const [logGroup] = budget.each('Logs::LogGroup', (id) => new logs.LogGroup(scope, id, { encryptionKey: key }));
  const [role] = budget.each('IAM::Role', (id) => new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com') }));
  budget.each('IAM::ManagedPolicy', (id) => new iam.ManagedPolicy(scope, id, {
    roles: [role],
    statements: [new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] })],
  }));
  budget.each('EC2::FlowLog', (id) => new ec2.FlowLog(scope, id, {
    resourceType: ec2.FlowLogResourceType.fromVpc(vpc), destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup, role.withoutPolicyUpdates()),
  }));
}

/** Groups, and rules between them: a pair for both ends as long as there are both, then rules of one end. */
export function buildSecurityGroups(scope: Construct, budget: Budget, shared: Shared): ec2.SecurityGroup[] {
  const groups = budget.each('EC2::SecurityGroup', (id) => new ec2.SecurityGroup(scope, id, {
    vpc: shared.vpc!, allowAllOutbound: false, description: 'What may reach it',
  }));
  const pairs = Math.min(budget.count('EC2::SecurityGroupIngress'), budget.count('EC2::SecurityGroupEgress'));
  const other = (index: number): ec2.SecurityGroup => around(groups, index + 1 + Math.floor(index / groups.length));
  for (let index = 0; index < pairs; index++) {
    around(groups, index).connections.allowTo(other(index), ec2.Port.tcp(5_000 + index), 'It may call');
  }
  budget.take('EC2::SecurityGroupIngress', pairs);
  budget.take('EC2::SecurityGroupEgress', pairs);
  budget.each('EC2::SecurityGroupEgress', (_, index) => around(groups, index).addEgressRule(other(index), ec2.Port.tcp(8_000 + index), 'It may call'));
  return groups;
}
