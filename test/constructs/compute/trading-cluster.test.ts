import { Template } from 'aws-cdk-lib/assertions';
import { TradingCluster } from '../../../src';
import { givenVpc, testStack } from '../../support/apps';

test('has on-demand and Spot capacity and insights per task', () => {
  const stack = testStack();
  new TradingCluster(stack, 'Cluster', { vpc: givenVpc(stack) });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::ECS::Cluster', { ClusterSettings: [{ Name: 'containerInsights', Value: 'enhanced' }] });
  template.hasResourceProperties('AWS::ECS::ClusterCapacityProviderAssociations', { CapacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
});
