import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ServiceRepository, ServiceRepositoryProps } from '../../../src/constructs/delivery/service-repository';
import { testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

function define(props: ServiceRepositoryProps = {}) {
  const stack = testStack();
  return { stack, repository: new ServiceRepository(stack, 'Images', props) };
}

const { stack, repository } = define();
const template = Template.fromStack(stack);

test('means one image by a tag, scans each and encrypts them', () => {
  template.hasResource('AWS::ECR::Repository', {
    DeletionPolicy: 'Retain',
    Properties: Match.objectLike({
      ImageTagMutability: 'IMMUTABLE',
      ImageScanningConfiguration: { ScanOnPush: true },
      EncryptionConfiguration: { EncryptionType: 'KMS', KmsKey: stack.resolve(repository.encryptionKey.keyArn) as unknown },
    }),
  });
});

test('keeps fifty releases and forgets untagged images after a week', () => {
  const [found] = Object.values(template.findResources('AWS::ECR::Repository')) as Array<{ Properties: { LifecyclePolicy: { LifecyclePolicyText: string } } }>;
  const { rules } = JSON.parse(found.Properties.LifecyclePolicy.LifecyclePolicyText) as { rules: Array<{ selection: Record<string, unknown> }> };
  expect(rules.map(({ selection }) => selection)).toEqual([
    { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 7, countUnit: 'days' },
    { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 },
  ]);
});

test('takes a given key, a name and another fate', () => {
  const own = testStack();
  new ServiceRepository(own, 'Images', { encryptionKey: kms.Key.fromKeyArn(own, 'Key', 'arn:aws:kms:us-east-1:111111111111:key/1'), repositoryName: 'trading/api', removalPolicy: RemovalPolicy.DESTROY });
  const other = Template.fromStack(own);
  other.resourceCountIs('AWS::KMS::Key', 0);
  other.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Delete', Properties: Match.objectLike({ RepositoryName: 'trading/api' }) });
});

test('grants pulling without pushing, and pushing without deleting', () => {
  const actions = (give: (of: ServiceRepository, role: iam.Role) => void) => {
    const own = define();
    const role = new iam.Role(own.stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
    give(own.repository, role);
    return statementsOf(own.stack, own.stack.getLogicalId(role.node.defaultChild as iam.CfnRole)).flatMap((statement) => statement.actions);
  };
  expect(actions((of, role) => of.grants.pull(role))).not.toContain('ecr:PutImage');
  const push = actions((of, role) => of.grants.push(role));
  expect(push).toContain('ecr:PutImage');
  expect(push.filter((action) => /Delete|SetRepositoryPolicy|PutImageTagMutability|\*/.test(action))).toEqual([]);
});

test.each([
  [{ keepImages: 1 }, /`keepImages` must be a whole number, 2 or more/],
  [{ keepUntagged: Duration.hours(1) }, /`keepUntagged` must be a day or more, got: 1 hour/],
  [{ repositoryName: 'Trading' }, /`repositoryName` must be 2 to 256 lower-case/],
] as Array<[ServiceRepositoryProps, RegExp]>)('fails for %j', (props, message) => {
  expect(() => define(props)).toThrow(message);
});
