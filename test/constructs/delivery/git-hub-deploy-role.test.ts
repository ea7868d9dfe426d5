import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { GitHubDeployRole, GitHubDeployRoleProps } from '../../../src/constructs/delivery/git-hub-deploy-role';
import { givenVpc, testStack } from '../../support/apps';

function define(change: Partial<GitHubDeployRoleProps> = {}) {
  const stack = testStack();
  const role = new GitHubDeployRole(stack, 'Deploy', { repository: 'desk/platform', branches: ['main'], environments: ['production'], ...change });
  return { stack, role };
}

interface Statement { Action: string | string[]; Resource: unknown }

function policyOf(use: (role: GitHubDeployRole, stack: ReturnType<typeof testStack>) => void): Statement[] {
  const { stack, role } = define();
  use(role, stack);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Policy', 0);
  const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as Array<{ Properties: { PolicyDocument: { Statement: Statement[] } } }>;
  return policy.Properties.PolicyDocument.Statement;
}

test('trusts this repository on this branch and in this environment, nothing that only looks like it', () => {
  const { stack, role } = define();
  role.allowCdkDeployment();
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::IAM::Role', {
    MaxSessionDuration: 3600,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{
        Action: 'sts:AssumeRoleWithWebIdentity',
        Effect: 'Allow',
        Principal: { Federated: Match.anyValue() },
        Condition: {
          StringEquals: {
            'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
            'token.actions.githubusercontent.com:sub': ['repo:desk/platform:ref:refs/heads/main', 'repo:desk/platform:environment:production'],
          },
        },
      }],
    },
  });
  template.hasResourceProperties('AWS::IAM::OIDCProvider', { Url: 'https://token.actions.githubusercontent.com', ClientIdList: ['sts.amazonaws.com'] });
  template.resourceCountIs('AWS::Lambda::Function', 0);
});

test('uses a given provider and makes none', () => {
  const stack = testStack();
  const provider = iam.OidcProviderNative.fromOidcProviderArn(stack, 'GitHub', 'arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com');
  new GitHubDeployRole(stack, 'Deploy', { repository: 'desk/platform', branches: ['main'], provider }).allowCdkDeployment();
  Template.fromStack(stack).resourceCountIs('AWS::IAM::OIDCProvider', 0);
});

test('deploys with the CDK through the four roles of the bootstrap, region by region', () => {
  const [statement] = policyOf((role) => role.allowCdkDeployment({ regions: ['us-east-1', 'us-west-2'] }));
  expect(statement.Action).toBe('sts:AssumeRole');
  expect(statement.Resource).toHaveLength(8);
  expect(JSON.stringify(statement.Resource)).toContain('role/cdk-hnb659fds-deploy-role-');
  expect(JSON.stringify(statement.Resource)).not.toContain('*');
});

test.each<[string, (role: GitHubDeployRole) => void, string[]]>([
  ['publishes assets and deploys nothing', (role) => role.allowCdkPublishing(), ['file-publishing', 'image-publishing']],
  ['compares with what is deployed and changes nothing', (role) => role.allowCdkDiff(), ['lookup']],
])('%s', (_, use, roles) => {
  const statements = policyOf(use);
  expect(statements.map(({ Action }) => Action)).toEqual(['sts:AssumeRole']);
  const names = JSON.stringify(statements[0].Resource).match(/cdk-hnb659fds-[a-z-]+?(?=-role-)/g);
  expect(names).toEqual(roles.map((role) => `cdk-hnb659fds-${role}`));
  expect(() => policyOf((role) => role.allowCdkDiff({ qualifier: 'a b' }))).toThrow("`qualifier` must be one to ten letters, digits, '-' and '_', got: 'a b'");
});

test('pushes images to one repository and deletes none', () => {
  const statements = policyOf((role, stack) => role.allowPush(ecr.Repository.fromRepositoryName(stack, 'Images', 'api')));
  const actions = statements.flatMap(({ Action }) => Action);
  expect(actions).toContain('ecr:PutImage');
  expect(actions.filter((action) => action.includes('Delete'))).toEqual([]);
  expect(statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action)).toEqual(['ecr:GetAuthorizationToken']);
});

test('updates one service', () => {
  const [statement] = policyOf((role, stack) => {
    const cluster = ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'main', vpc: givenVpc(stack) });
    role.allowServiceUpdate(ecs.FargateService.fromFargateServiceAttributes(stack, 'Api', { serviceArn: 'arn:aws:ecs:us-east-1:111111111111:service/main/api', cluster }) as ecs.IBaseService);
  });
  expect(statement).toEqual({ Action: ['ecs:DescribeServices', 'ecs:UpdateService'], Effect: 'Allow', Resource: 'arn:aws:ecs:us-east-1:111111111111:service/main/api' });
});

test('can be granted something like any role, into its own policy', () => {
  const statements = policyOf((role, stack) => new s3.Bucket(stack, 'Files').grantPut(role));
  expect(statements.flatMap(({ Action }) => Action)).toContain('s3:PutObject');
});

test('fails when it may do nothing', () => {
  const { stack } = define();
  expect(() => Template.fromStack(stack)).toThrow(/Managed Policy is empty/);
});

test.each([
  [{ repository: 'desk/*' }, /`repository` must be 'owner\/name' without wildcards, got: 'desk\/\*'/],
  [{ repository: 'platform' }, /`repository` must be/],
  [{ branches: [], environments: [] }, /`branches` or `environments` must name at least one/],
  [{ branches: ['*'] }, /`branches` must not hold wildcards or colons, got: '\*'/],
  [{ environments: ['a:b'] }, /`environments` must not hold/],
  [{ maxSessionDuration: Duration.hours(13) }, /`maxSessionDuration` must be from one to twelve hours, got: 13 hours/],
] as Array<[Partial<GitHubDeployRoleProps>, RegExp]>)('fails for %j', (change, message) => {
  expect(() => define(change)).toThrow(message);
});
