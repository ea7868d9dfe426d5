import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { AuditTable } from '../../../src/constructs/data/audit-table';
import { testStack } from '../../support/apps';
import { statementsOf } from '../../support/templates';

const appendOnly = {
  PolicyDocument: {
    Statement: [Match.objectLike({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: ['dynamodb:BatchWriteItem', 'dynamodb:DeleteItem', 'dynamodb:PartiQLDelete', 'dynamodb:PartiQLUpdate', 'dynamodb:UpdateItem'],
    })],
    Version: '2012-10-17',
  },
};

test('refuses changes and deletions by anyone, in the table and in its copies', () => {
  const stack = testStack();
  new AuditTable(stack, 'Audit', { replicas: [{ region: 'us-west-2' }] });
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    Replicas: Match.arrayWith([
      Match.objectLike({ Region: 'us-west-2', ResourcePolicy: appendOnly }),
      Match.objectLike({ Region: 'us-east-1', ResourcePolicy: appendOnly }),
    ]),
  });
});

test('leaves expiry and replication to DynamoDB', () => {
  const stack = testStack();
  new AuditTable(stack, 'Audit');
  Template.fromStack(stack).hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    Replicas: [Match.objectLike({
      ResourcePolicy: {
        PolicyDocument: {
          Statement: [Match.objectLike({
            Condition: {
              BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
              ArnNotLike: { 'aws:PrincipalArn': Match.objectLike({ 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp('AWSServiceRoleForDynamoDBReplication$')])] }) },
            },
          })],
        },
      },
    })],
  });
});

test('lets a writer append and nothing else, and a reader read by either index', () => {
  const stack = testStack();
  const audit = new AuditTable(stack, 'Audit', { encryptionKey: new kms.Key(stack, 'Key') });
  const role = (id: string) => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  const [writer, reader] = [role('Writer'), role('Reader')];
  audit.auditGrants.append(writer);
  audit.auditGrants.read(reader);
  const statements = (of: iam.Role) => statementsOf(stack, stack.getLogicalId(of.node.defaultChild as iam.CfnRole));
  const actions = (of: iam.Role) => statements(of).flatMap((statement) => statement.actions).sort();
  expect(actions(writer)).toEqual(['dynamodb:PutItem', 'kms:Decrypt', 'kms:DescribeKey']);
  expect(actions(reader)).toEqual(['dynamodb:GetItem', 'dynamodb:Query', 'kms:Decrypt', 'kms:DescribeKey']);
});
