import { CfnResource } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnDBCluster, CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { NagRules } from 'cdk-nag';
import { NOT_APPLICABLE, resolved, verdict } from './support';

interface Recovery { readonly pointInTimeRecoverySpecification?: { readonly pointInTimeRecoveryEnabled?: boolean } }

/** What a mistake has written can be undone to the second. */
export function PointInTimeRecovery(node: CfnResource): ReturnType<typeof verdict> {
  if (node instanceof CfnTable) {
    const { pointInTimeRecoverySpecification } = node;
    return verdict(isKept(resolved<Recovery>(node, { pointInTimeRecoverySpecification })));
  }
  if (node instanceof CfnGlobalTable) return verdict(resolved<Recovery[]>(node, node.replicas).every(isKept));
  if (node instanceof CfnDBCluster) {
    // A copy in another region is recovered from its primary.
    if (node.globalClusterIdentifier !== undefined && node.masterUsername === undefined) return NOT_APPLICABLE;
    return verdict(days(node, node.backupRetentionPeriod) > 0);
  }
  if (node instanceof CfnDBInstance && node.dbClusterIdentifier === undefined && node.sourceDbInstanceIdentifier === undefined) {
    return verdict(days(node, node.backupRetentionPeriod) > 0);
  }
  return NOT_APPLICABLE;
}

function isKept({ pointInTimeRecoverySpecification }: Recovery): boolean {
  return pointInTimeRecoverySpecification?.pointInTimeRecoveryEnabled === true;
}

/** RDS keeps a day unless told otherwise; a day is enough for the rule, none is not. */
function days(node: CfnResource, period: unknown): number {
  return (NagRules.resolveIfPrimitive(node, period) as number | undefined) ?? 1;
}
