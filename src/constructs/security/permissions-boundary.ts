import { Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct, IConstruct } from 'constructs';
import { Faults } from '../../private/faults';

/** Properties of `PermissionsBoundary`. */
export interface PermissionsBoundaryProps {
  /**
   * Services that roles may be passed to, such as by a schedule that starts a task.
   *
   * @default - ecs-tasks.amazonaws.com
   */
  readonly passRoleTo?: string[];

  /**
   * Actions that are denied besides the default ones, such as `dynamodb:DeleteTable`.
   *
   * @default - none
   */
  readonly denyActions?: string[];

  /**
   * Actions of the default ones that are not denied, for roles that a service of AWS takes for its own work, such as `kms:CreateGrant` for
   * AWS Backup. `iam:SimulatePrincipalPolicy` leaves every other action of IAM denied that changes something.
   *
   * @default - none
   */
  readonly exceptActions?: string[];

  /**
   * Regions outside which nothing may be done, except in services that have no region.
   *
   * @default - every region
   */
  readonly regions?: string[];

  /**
   * Name of the policy, for roles of other accounts or tools that refer to it by name.
   *
   * @default - named by CloudFormation
   */
  readonly managedPolicyName?: string;
}

/** What code of the platform never does, whatever its role says, by what an intruder would gain. */
const DENIED: Record<string, string[]> = {
  DenyAccounts: ['account:*', 'organizations:*', 'sso:*'],
  DenyLosingKeys: ['kms:CreateGrant', 'kms:DeleteImportedKeyMaterial', 'kms:DisableKey', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'],
  DenyOpeningBuckets: [
    's3:DeleteBucket', 's3:DeleteBucketPolicy', 's3:PutAccountPublicAccessBlock', 's3:PutBucketAcl', 's3:PutBucketPolicy', 's3:PutBucketPublicAccessBlock',
    's3:PutBucketVersioning', 's3:PutEncryptionConfiguration', 's3:PutLifecycleConfiguration', 's3:PutObjectAcl',
  ],
  DenyOpeningNetwork: [
    'ec2:AssociateRouteTable', 'ec2:AttachInternetGateway', 'ec2:AuthorizeSecurityGroupEgress', 'ec2:AuthorizeSecurityGroupIngress', 'ec2:CreateNetworkAclEntry',
    'ec2:CreateRoute', 'ec2:CreateSecurityGroup', 'ec2:CreateVpcPeeringConnection', 'ec2:DeleteFlowLogs', 'ec2:DeleteSecurityGroup', 'ec2:ModifySecurityGroupRules',
    'ec2:ModifyVpcEndpoint', 'ec2:ReplaceNetworkAclEntry', 'ec2:ReplaceRoute', 'ec2:RevokeSecurityGroupEgress', 'ec2:RevokeSecurityGroupIngress',
  ],
  DenyBlinding: [
    'cloudtrail:DeleteTrail', 'cloudtrail:PutEventSelectors', 'cloudtrail:StopLogging', 'cloudtrail:UpdateTrail', 'cloudwatch:DeleteAlarms', 'cloudwatch:DisableAlarmActions',
    'config:DeleteConfigurationRecorder', 'config:StopConfigurationRecorder', 'guardduty:DeleteDetector', 'guardduty:UpdateDetector', 'logs:DeleteLogGroup',
    'logs:DeleteLogStream', 'logs:PutRetentionPolicy', 'securityhub:DisableSecurityHub',
  ],
};

/** Actions of IAM that change something. */
const CHANGE_IDENTITY = ['Add', 'Attach', 'Change', 'Create', 'Deactivate', 'Delete', 'Detach', 'Disable', 'Enable', 'Put', 'Remove', 'Reset', 'Resync', 'Set', 'Tag', 'Untag', 'Update', 'Upload']
  .map((verb) => `iam:${verb}*`);

/** Services whose calls count as us-east-1, wherever they are made. */
const GLOBAL = ['cloudfront:*', 'route53:*', 'shield:*', 'sts:*', 'support:*', 'wafv2:*'];

/**
 * The most that any role of a platform may do, as a managed policy: a role that is granted too much by mistake, or whose code was taken over, still
 * cannot make itself an administrator, open the network, delete keys or switch off what watches it. It grants nothing by itself.
 */
export class PermissionsBoundary extends Construct {
  /** The policy. */
  public readonly policy: iam.ManagedPolicy;

  public constructor(scope: Construct, id: string, props: PermissionsBoundaryProps = {}) {
    super(scope, id);
    const passRoleTo = props.passRoleTo ?? ['ecs-tasks.amazonaws.com'];
    const faults = new Faults(this.node.path);
    for (const service of passRoleTo) faults.check(Token.isUnresolved(service) || /^[a-z0-9.-]+\.amazonaws\.com$/.test(service), `\`passRoleTo\` must name services such as 'ecs-tasks.amazonaws.com', got: '${service}'`);
    for (const action of props.denyActions ?? []) faults.check(Token.isUnresolved(action) || /^[a-z0-9-]+:[A-Za-z*]+$/.test(action), `\`denyActions\` must name actions such as 'dynamodb:DeleteTable', got: '${action}'`);
    const { exceptActions: except = [] } = props;
    const exceptable = ['iam:SimulatePrincipalPolicy', ...Object.values(DENIED).flat()];
    for (const action of except) faults.check(exceptable.includes(action), `\`exceptActions\` must be of those that are denied by default, got: '${action}'`);
    faults.check(props.regions === undefined || props.regions.length > 0, '`regions` must name at least one region; leave it out to allow every one');
    faults.throwIfAny();
    const deny = (sid: string, actions: string[]) => new iam.PolicyStatement({ sid, effect: iam.Effect.DENY, actions, resources: ['*'] });
    this.policy = new iam.ManagedPolicy(this, 'Resource', {
      managedPolicyName: props.managedPolicyName,
      description: 'The most that roles of the platform may do; it grants nothing by itself',
      statements: [
        // A boundary must allow what is to be possible at all; the role itself still needs a statement for it.
        new iam.PolicyStatement({ sid: 'AllowWhatRolesSay', actions: ['*'], resources: ['*'] }),
        // Passing a role is the only action of IAM that names a service, so this is everything else.
        except.includes('iam:SimulatePrincipalPolicy') ? deny('DenyIdentity', CHANGE_IDENTITY)
          : new iam.PolicyStatement({ sid: 'DenyIdentity', effect: iam.Effect.DENY, actions: ['iam:*'], resources: ['*'], conditions: { Null: { 'iam:PassedToService': 'true' } } }),
        new iam.PolicyStatement({
          sid: 'DenyPassingRoles', effect: iam.Effect.DENY, actions: ['iam:PassRole'], resources: ['*'],
          ...(passRoleTo.length === 0 ? {} : { conditions: { StringNotEquals: { 'iam:PassedToService': passRoleTo } } }),
        }),
        ...Object.entries(DENIED).map(([sid, actions]) => deny(sid, actions.filter((action) => !except.includes(action)))),
        ...(props.denyActions === undefined || props.denyActions.length === 0 ? [] : [deny('DenyFurther', props.denyActions)]),
        ...(props.regions === undefined ? [] : [new iam.PolicyStatement({
          sid: 'DenyOtherRegions', effect: iam.Effect.DENY, notActions: GLOBAL, resources: ['*'], conditions: { StringNotEquals: { 'aws:RequestedRegion': props.regions } },
        })]),
      ],
    });
  }

  /**
   * Puts the boundary over every role and user below `scope`, those that are defined later included.
   *
   * @param scope an app, a stage, a stack or one construct
   */
  public apply(scope: IConstruct): void {
    iam.PermissionsBoundary.of(scope).apply(this.policy);
  }
}
