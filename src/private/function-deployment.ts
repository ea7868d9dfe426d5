import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as codedeploy from 'aws-cdk-lib/aws-codedeploy';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { serviceRole } from './service-role';
import type { FunctionRollout } from '../constructs/compute/function-rollout';

/** What moves calls from one version of a function to the next. */
export function functionDeployment(
  scope: Construct, alias: lambda.Alias, rollout: FunctionRollout, alarms: cloudwatch.IAlarm[],
): { deploymentGroup: codedeploy.LambdaDeploymentGroup; role: iam.Role } {
  const role = serviceRole(scope, 'DeployRole', {
    description: 'CodeDeploy moves calls between two versions',
    assumedBy: new iam.ServicePrincipal('codedeploy.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } } }),
    statements: [
      new iam.PolicyStatement({
        actions: ['lambda:GetAlias', 'lambda:UpdateAlias', 'lambda:GetProvisionedConcurrencyConfig'],
        resources: [alias.lambda.functionArn, alias.functionArn],
      }),
      ...(alarms.length === 0 ? [] : [new iam.PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: alarms.map(({ alarmArn }) => alarmArn) })]),
    ],
  });
  const application = new codedeploy.LambdaApplication(scope, 'Application');
  const deploymentGroup = new codedeploy.LambdaDeploymentGroup(scope, 'DeploymentGroup', {
    application,
    alias,
    deploymentConfig: new codedeploy.LambdaDeploymentConfig(scope, 'DeploymentConfig', { trafficRouting: rollout.trafficRouting }),
    alarms,
    autoRollback: { failedDeployment: true, stoppedDeployment: true, deploymentInAlarm: alarms.length > 0 },
    // AWS's own policy would let CodeDeploy move every alias of the account.
    role: role.withoutPolicyUpdates(),
  });
  deploymentGroup.node.addDependency(role);
  return { deploymentGroup, role };
}
