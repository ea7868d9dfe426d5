import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { allow, everyResource } from './fault-experiment';

type Conditions = Record<string, Record<string, string>>;

/** What FIS makes for a fault carries this tag; it may change and remove only that. */
const asked: Conditions = { StringEquals: { 'aws:RequestTag/managedByFIS': 'true' } };
const own: Conditions = { StringEquals: { 'aws:ResourceTag/managedByFIS': 'true' } };
const onCreate = (action: string): Conditions => ({ StringEquals: { 'ec2:CreateAction': action, 'aws:RequestTag/managedByFIS': 'true' } });

/** What cutting subnets off takes: a network ACL of its own, put in the place of that of the subnet and back. */
export function networkAclStatements(scope: Construct, subnets: Conditions): iam.PolicyStatement[] {
  const acls = everyResource(scope, 'ec2', 'network-acl');
  return [
    allow('TagAcl', ['ec2:CreateTags'], [acls], onCreate('CreateNetworkAcl')),
    allow('CreateAcl', ['ec2:CreateNetworkAcl'], [acls], asked),
    allow('CreateAclInVpc', ['ec2:CreateNetworkAcl'], [everyResource(scope, 'ec2', 'vpc')]),
    allow('ChangeOwnAcl', ['ec2:CreateNetworkAclEntry', 'ec2:DeleteNetworkAcl'], [acls], own),
    // The way back leads to the ACL that was there before, which carries no tag of ours.
    allow('ReplaceAcl', ['ec2:ReplaceNetworkAclAssociation'], [acls]),
    allow('ReplaceAclOfSubnet', ['ec2:ReplaceNetworkAclAssociation'], [everyResource(scope, 'ec2', 'subnet')], subnets),
    allow('DescribeNetwork', ['ec2:DescribeManagedPrefixLists', 'ec2:DescribeNetworkAcls', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'], ['*']),
  ];
}

/** What cutting subnets off from a region takes: route tables, prefix lists and an interface that leads nowhere. */
export function routeStatements(scope: Construct, subnets: Conditions): iam.PolicyStatement[] {
  const every = (resource: string) => everyResource(scope, 'ec2', resource);
  const [tables, lists, interfaces] = ['route-table', 'prefix-list', 'network-interface'].map(every);
  return [
    allow('TagTable', ['ec2:CreateTags'], [tables], onCreate('CreateRouteTable')),
    allow('TagList', ['ec2:CreateTags'], [lists], onCreate('CreateManagedPrefixList')),
    allow('TagInterface', ['ec2:CreateTags'], [interfaces], onCreate('CreateNetworkInterface')),
    allow('CreateTagged', ['ec2:CreateRouteTable', 'ec2:CreateManagedPrefixList', 'ec2:CreateNetworkInterface'], [tables, lists, interfaces], asked),
    allow('CreateTableInVpc', ['ec2:CreateRouteTable'], [every('vpc')]),
    allow('CreateInterfaceInSubnet', ['ec2:CreateNetworkInterface'], [every('subnet'), every('security-group')]),
    allow('ChangeOwn', ['ec2:CreateRoute', 'ec2:DeleteRouteTable', 'ec2:DeleteManagedPrefixList', 'ec2:ModifyManagedPrefixList',
      'ec2:DeleteNetworkInterface', 'ec2:DisassociateRouteTable'], [tables, lists, interfaces], own),
    // The way back leads to the table that was there before, which carries no tag of ours.
    allow('AssociateTable', ['ec2:AssociateRouteTable', 'ec2:ReplaceRouteTableAssociation'], [tables]),
    allow('AssociateSubnet', ['ec2:AssociateRouteTable', 'ec2:ReplaceRouteTableAssociation', 'ec2:DisassociateRouteTable'], [every('subnet')], subnets),
    allow('MoveGatewayEndpoint', ['ec2:ModifyVpcEndpoint'], [every('vpc-endpoint')]),
    allow('MoveGatewayEndpointToOwn', ['ec2:ModifyVpcEndpoint'], [tables], own),
    allow('ReadList', ['ec2:GetManagedPrefixListEntries'], [lists]),
    allow('DescribeRoutes', ['ec2:DescribeManagedPrefixLists', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSubnets',
      'ec2:DescribeVpcEndpoints', 'ec2:DescribeVpcPeeringConnections', 'ec2:DescribeVpcs'], ['*']),
  ];
}
