import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import { DataKeys, PermissionsBoundary, RotatedSecret } from '../../../src';
import { givenFunction } from '../given';

/** Every construct of the layer in its minimal form. */
export function security(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Security', env);
  const { alarmActions } = stack;
  stack.create(DataKeys, 'Keys');
  stack.create(PermissionsBoundary, 'Boundary', { regions: ['us-east-1', 'us-west-2'] });
  stack.create(RotatedSecret, 'Secret', { description: 'Key of the market feed', rotationFunction: givenFunction(stack, 'Rotate'), alarmActions });
}
