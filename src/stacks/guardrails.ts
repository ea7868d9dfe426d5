import { Aspects, CfnResource, IAspect, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { IConstruct } from 'constructs';
import { LedgerExport } from '../constructs/data/ledger-export';
import { PermissionsBoundary } from '../constructs/security/permissions-boundary';

/** Services to which roles of a system pass other roles. */
const PASSED_TO = ['ecs-tasks.amazonaws.com'];

/** What services of AWS do in roles of their own: RDS keeps metrics for a month, backups and exports use keys, ARC tries a plan. */
const FOR_SERVICES = ['kms:CreateGrant', 'logs:PutRetentionPolicy', 'iam:SimulatePrincipalPolicy'];

/**
 * What holds for all of a system, whoever defines a resource in it: no role may do more than the boundary of its stack lets it, and only
 * services of AWS may hand on the use of a key.
 *
 * @param system the system, when everything in it is defined
 */
export function applyGuardrails(system: IConstruct): void {
  for (const stack of system.node.findAll().filter((each): each is Stack => Stack.isStack(each))) {
    const roles = stack.node.findAll().filter(isRole);
    // A boundary of another stack would be one more reference that ties their deployments together.
    if (roles.length > 0) new PermissionsBoundary(stack, 'Boundary', { passRoleTo: PASSED_TO }).apply(stack);
    const managed = roles.filter(isOfService);
    if (managed.length > 0) {
      const boundary = new PermissionsBoundary(stack, 'ServiceBoundary', { passRoleTo: [...PASSED_TO, 'export.rds.amazonaws.com'], exceptActions: FOR_SERVICES });
      for (const role of managed) boundary.apply(role);
    }
  }
  Aspects.of(system).add(new GrantsByServicesOnly());
}

/** Roles in which none of our code runs: RDS, AWS Backup and ARC take them, or a schedule of the export to RDS. */
function isOfService(role: CfnResource): boolean {
  if (role.node.scopes.some((scope) => scope instanceof LedgerExport)) return true;
  return /"(monitoring\.rds|export\.rds|backup|arc-region-switch)\./.test(JSON.stringify(Stack.of(role).resolve((role as iam.CfnRole).assumeRolePolicyDocument) ?? ''));
}

function isRole(construct: IConstruct): construct is CfnResource {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === 'AWS::IAM::Role';
}

/** A grant gives a key's use to somebody whom its policy does not name, so that people and services of ours may not make one. */
class GrantsByServicesOnly implements IAspect {
  public visit(node: IConstruct): void {
    if (!(node instanceof kms.Key)) return;
    node.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'GrantsByServicesOfAwsOnly',
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ['kms:CreateGrant'],
      resources: ['*'],
      conditions: { BoolIfExists: { 'kms:GrantIsForAWSResource': 'false', 'aws:PrincipalIsAWSService': 'false' } },
    }));
  }
}
