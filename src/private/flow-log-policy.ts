import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';

/**
 * Puts what a flow log's role may do into a managed policy, where rule packs want it, and leaves the role itself as CDK made it: another
 * role would replace the flow log, and AWS refuses a second one to the same log group while the first exists.
 */
export function usesManagedPolicy(flowLog: ec2.FlowLog, logGroup: logs.ILogGroup): void {
  const role = flowLog.iamRole as iam.Role;
  role.node.tryRemoveChild('DefaultPolicy');
  new iam.ManagedPolicy(role, 'Policy', {
    description: 'Writes flow logs',
    roles: [role],
    statements: [new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] })],
  });
}
