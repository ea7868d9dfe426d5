import { Environment } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import {
  CodeDeployDelivery, DeploymentPlan, GitHubDeployRole, ProgressiveDelivery, ServiceRepository, TradingCluster, TradingLoadBalancer, TradingService,
} from '../../../src';

/** Every construct of the layer in its minimal form. */
export function delivery(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Delivery', env);
  const { vpc, accessLogs, certificate } = stack;
  const images = stack.create(ServiceRepository, 'Images');
  const deploy = stack.create(GitHubDeployRole, 'Deploy', { repository: 'desk/platform', branches: ['main'] });
  deploy.allowCdkDeployment();
  deploy.allowPush(images.repository);
  const { cluster } = stack.create(TradingCluster, 'Cluster', { vpc });
  const service = stack.create(TradingService, 'Service', { cluster, definition: stack.definition() });
  const allowFrom = [ec2.Peer.prefixList('pl-1')];
  const ingress = stack.create(TradingLoadBalancer, 'Ingress', { vpc, service, allowFrom, accessLogs, certificate });
  const other = stack.create(TradingService, 'Other', { cluster, definition: stack.definition(), deploymentController: ecs.DeploymentControllerType.CODE_DEPLOY });
  stack.create(CodeDeployDelivery, 'CodeDeploy', {
    service: other, ingress: stack.create(TradingLoadBalancer, 'OtherIngress', { vpc, service: other, allowFrom, accessLogs, certificate }),
  });
  stack.create(ProgressiveDelivery, 'Progress', { service, ingress, plan: DeploymentPlan.canary() });
}
