import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { PermissionsBoundary, PermissionsBoundaryProps } from '../../../src/constructs/security/permissions-boundary';
import { testApp, testStack } from '../../support/apps';

type Texts = string | string[];
interface Statement { Effect: string; Action?: Texts; NotAction?: Texts; Condition?: Record<string, Record<string, Texts>> }

function statements(props: PermissionsBoundaryProps = {}): Statement[] {
  const stack = testStack();
  new PermissionsBoundary(stack, 'Boundary', props);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')) as Array<{ Properties: { PolicyDocument: { Statement: Statement[] } } }>;
  return policy.Properties.PolicyDocument.Statement;
}

const list = (value: Texts | undefined) => (value === undefined ? [] : [value].flat());
const matches = (patterns: string[], action: string) => patterns.some((pattern) => new RegExp(`^${pattern.replace(/\*/g, '.*')}$`).test(action));

/** What IAM says of an action under these statements, with these values of condition keys. */
function allows(of: Statement[], action: string, context: Record<string, string> = {}): boolean {
  const applies = ({ Action, NotAction, Condition }: Statement) => {
    const named = Action !== undefined ? matches(list(Action), action) : !matches(list(NotAction), action);
    return named && Object.entries(Condition ?? {}).every(([operator, keys]) => Object.entries(keys).every(([key, values]) => {
      if (operator === 'Null') return (context[key] === undefined) === (values === 'true');
      expect(operator).toBe('StringNotEquals');
      return !list(values).includes(context[key]);
    }));
  };
  return !of.some((statement) => statement.Effect === 'Deny' && applies(statement)) && of.some((statement) => statement.Effect === 'Allow' && applies(statement));
}

const boundary = statements();

test.each([
  'iam:CreateRole', 'iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:CreateAccessKey', 'iam:DeleteRolePermissionsBoundary', 'iam:UpdateAssumeRolePolicy', 'iam:ListRoles',
  'organizations:LeaveOrganization', 'account:CloseAccount',
  'kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:PutKeyPolicy',
  's3:PutBucketPolicy', 's3:DeleteBucketPolicy', 's3:PutBucketPublicAccessBlock', 's3:PutBucketAcl', 's3:PutLifecycleConfiguration',
  'ec2:AuthorizeSecurityGroupIngress', 'ec2:AuthorizeSecurityGroupEgress', 'ec2:RevokeSecurityGroupEgress', 'ec2:ModifySecurityGroupRules', 'ec2:CreateRoute', 'ec2:AttachInternetGateway',
  'cloudtrail:StopLogging', 'guardduty:DeleteDetector', 'logs:DeleteLogGroup', 'cloudwatch:DisableAlarmActions',
])('denies %s', (action) => {
  expect(allows(boundary, action)).toBe(false);
});

test.each([
  's3:PutObject', 'kinesis:PutRecords', 'sqs:SendMessage', 'dynamodb:UpdateItem', 'kms:Decrypt', 'kms:GenerateDataKey', 'secretsmanager:GetSecretValue', 'rds-db:connect',
  'ec2:CreateNetworkInterface', 'logs:PutLogEvents', 'ecs:RunTask', 'ecr:GetAuthorizationToken',
])('leaves %s to the role', (action) => {
  expect(allows(boundary, action)).toBe(true);
});

test('lets roles be passed to tasks and to nobody else', () => {
  expect(allows(boundary, 'iam:PassRole', { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' })).toBe(true);
  expect(allows(boundary, 'iam:PassRole', { 'iam:PassedToService': 'lambda.amazonaws.com' })).toBe(false);
  expect(allows(boundary, 'iam:PassRole')).toBe(false);
  expect(allows(statements({ passRoleTo: [] }), 'iam:PassRole', { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' })).toBe(false);
});

test('denies more when told to', () => {
  expect(allows(statements({ denyActions: ['dynamodb:DeleteTable'] }), 'dynamodb:DeleteTable')).toBe(false);
  expect(allows(boundary, 'dynamodb:DeleteTable')).toBe(true);
});

test('keeps to its regions, but for services that have none', () => {
  const here = statements({ regions: ['us-east-1', 'us-west-2'] });
  expect(allows(here, 's3:PutObject', { 'aws:RequestedRegion': 'us-west-2' })).toBe(true);
  expect(allows(here, 's3:PutObject', { 'aws:RequestedRegion': 'eu-west-1' })).toBe(false);
  expect(allows(here, 'sts:AssumeRole', { 'aws:RequestedRegion': 'eu-west-1' })).toBe(true);
});

test('fits into a managed policy of 6,144 characters', () => {
  expect(JSON.stringify(statements({ regions: ['us-east-1', 'us-west-2'], denyActions: ['dynamodb:DeleteTable'] })).replace(/\s/g, '').length).toBeLessThan(6_000);
});

test('lies over every role below a scope, also one that is defined later, and over no other', () => {
  const app = testApp();
  const inside = new Stack(app, 'Inside');
  const outside = new Stack(app, 'Outside');
  const role = (stack: Stack, id: string) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  const limit = new PermissionsBoundary(inside, 'Boundary');
  role(inside, 'Before');
  limit.apply(inside);
  role(inside, 'After');
  role(outside, 'Other');
  const boundaries = (stack: Stack) => Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).map(({ Properties }) => (Properties as Record<string, unknown>).PermissionsBoundary);
  expect(boundaries(inside)).toEqual([inside.resolve(limit.policy.managedPolicyArn), inside.resolve(limit.policy.managedPolicyArn)]);
  expect(boundaries(outside)).toEqual([undefined]);
});

test.each([
  [{ passRoleTo: ['ecs-tasks'] }, /`passRoleTo` must name services/],
  [{ denyActions: ['DeleteTable'] }, /`denyActions` must name actions/],
  [{ regions: [] }, /`regions` must name at least one region/],
] as Array<[PermissionsBoundaryProps, RegExp]>)('fails for %j', (props, message) => {
  expect(() => statements(props)).toThrow(message);
});
