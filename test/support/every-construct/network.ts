import { Environment } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import { TradingNetwork } from '../../../src';

/** Every construct of the layer in its minimal form. */
export function network(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Network', env);
  stack.create(TradingNetwork, 'Network');
}
