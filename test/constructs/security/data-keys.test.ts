import { RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DataKeys } from '../../../src';
import { testStack } from '../../support/apps';

test('defines a rotated key per class of data that outlives the stack', () => {
  const stack = testStack();
  new DataKeys(stack, 'Keys');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 4);
  template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  template.allResourcesProperties('AWS::KMS::Key', { EnableKeyRotation: true });
});

test('uses a given key and defines none in its place', () => {
  const stack = testStack();
  const given = kms.Key.fromKeyArn(stack, 'Given', 'arn:aws:kms:us-east-1:111111111111:key/1234');
  const keys = new DataKeys(stack, 'Keys', { orders: given, removalPolicy: RemovalPolicy.DESTROY });
  expect(keys.orders).toBe(given);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::KMS::Key', 3);
  template.allResources('AWS::KMS::Key', { DeletionPolicy: 'Delete' });
});
