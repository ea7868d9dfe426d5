import { CfnResource } from 'aws-cdk-lib';
import { CfnPlan } from 'aws-cdk-lib/aws-arcregionswitch';
import { CfnGlobalTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnDBCluster, CfnDBInstance, CfnGlobalCluster } from 'aws-cdk-lib/aws-rds';
import { NOT_APPLICABLE, resolved, resourcesOfApp, verdict } from './support';

/** An app that promises to survive its region has a copy of every store of record in another one. */
export function CrossRegionCopy(node: CfnResource): ReturnType<typeof verdict> {
  const isDatabase = node instanceof CfnDBInstance && node.dbClusterIdentifier === undefined;
  const isStore = isDatabase || node instanceof CfnDBCluster || node instanceof CfnGlobalTable;
  if (!isStore || !promisesRegionLoss(node)) return NOT_APPLICABLE;
  if (node instanceof CfnGlobalTable) return verdict(resolved<unknown[]>(node, node.replicas).length > 1);
  if (node instanceof CfnDBCluster) return verdict(node.globalClusterIdentifier !== undefined || isSourceOfGlobalCluster(node));
  return verdict(false);
}

/** Global databases and plans for a switch are made for nothing else. */
function promisesRegionLoss(node: CfnResource): boolean {
  return resourcesOfApp(node, CfnGlobalCluster).length > 0 || resourcesOfApp(node, CfnPlan).length > 0;
}

function isSourceOfGlobalCluster(cluster: CfnDBCluster): boolean {
  const id = resolved<string>(cluster, cluster.logicalId);
  return resourcesOfApp(cluster, CfnGlobalCluster).some((each) => JSON.stringify(resolved(each, each.sourceDbClusterIdentifier) ?? '').includes(id));
}
