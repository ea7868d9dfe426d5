import { CfnResource } from 'aws-cdk-lib';
import { CfnUserPool } from 'aws-cdk-lib/aws-cognito';
import { CfnGlobalTable, CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnDBCluster, CfnDBInstance, CfnGlobalCluster } from 'aws-cdk-lib/aws-rds';
import { isOn, NOT_APPLICABLE, resolved, verdict } from './support';

/** A store of record is not deleted by one call, nor by the deletion of its stack. */
export function DeletionProtection(node: CfnResource): ReturnType<typeof verdict> {
  if (node instanceof CfnUserPool) return verdict(resolved(node, node.deletionProtection) === 'ACTIVE');
  if (node instanceof CfnTable) return verdict(isOn(node, node.deletionProtectionEnabled));
  if (node instanceof CfnGlobalTable) {
    const replicas = resolved<Array<{ deletionProtectionEnabled?: boolean }>>(node, node.replicas);
    return verdict(replicas.every(({ deletionProtectionEnabled }) => deletionProtectionEnabled === true));
  }
  if (node instanceof CfnDBCluster || node instanceof CfnGlobalCluster) return verdict(isOn(node, node.deletionProtection));
  // An instance of a cluster holds nothing itself.
  if (node instanceof CfnDBInstance && node.dbClusterIdentifier === undefined) return verdict(isOn(node, node.deletionProtection));
  return NOT_APPLICABLE;
}
