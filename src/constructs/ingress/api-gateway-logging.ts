import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

const ID = 'ApiGatewayLogging';

/**
 * The role with which API Gateway writes logs. An account has one per region, so a stack has at most one of these, and the role
 * stays when the stack goes.
 */
export class ApiGatewayLogging extends Construct {
  /** The one of the stack of `scope`; made at the first call. */
  public static of(scope: Construct): ApiGatewayLogging {
    const stack = Stack.of(scope);
    return (stack.node.tryFindChild(ID) as ApiGatewayLogging | undefined) ?? new ApiGatewayLogging(stack, ID);
  }

  /** The role that API Gateway assumes. */
  public readonly role: iam.Role;
  /** The setting of the account in this region. */
  public readonly account: apigateway.CfnAccount;

  public constructor(scope: Construct, id: string) {
    super(scope, id);
    this.role = new iam.Role(this, 'Role', {
      description: 'API Gateway writes access and execution logs',
      assumedBy: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      // API Gateway checks for exactly the permissions of this policy when it is told the role.
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
    });
    this.account = new apigateway.CfnAccount(this, 'Resource', { cloudWatchRoleArn: this.role.roleArn });
    this.role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.account.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
