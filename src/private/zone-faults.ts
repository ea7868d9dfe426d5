import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { allow, everyResource, ExperimentFault } from './fault-experiment';
import { networkAclStatements } from './network-fault-statements';

/** Where and how long a zone loses its power. */
export interface ZoneOutage {
  readonly zone: string;
  readonly duration: Duration;
  readonly networkLoss: Duration;
}

/** Key of the tag by which FIS finds what takes part, the same as in its own scenario. */
export const ZONE_TAG = 'AzImpairmentPower';
/** Key for Auto Scaling groups, which hand `ZONE_TAG` down to their instances and so cannot carry it with a value of their own. */
export const SCALING_TAG = 'AzImpairmentPowerScaling';

const ALL = 'ALL';
const tagged = (value: string) => ({ resourceTags: { [ZONE_TAG]: value }, selectionMode: ALL });
const ifTagged = (value: string) => ({ StringEquals: { [`aws:ResourceTag/${ZONE_TAG}`]: value } });

/** Nothing enters or leaves the subnets of the zone. */
export function networkFault(scope: Construct, value: string, { zone, networkLoss }: ZoneOutage): ExperimentFault {
  return {
    name: 'CutNetwork',
    targetKey: 'Subnets',
    target: { resourceType: 'aws:ec2:subnet', ...tagged(value), filters: [{ path: 'AvailabilityZone', values: [zone] }] },
    action: { actionId: 'aws:network:disrupt-connectivity', parameters: { scope: 'all', duration: networkLoss.toIsoString() } },
    statements: networkAclStatements(scope, ifTagged(value)),
  };
}

/** Tasks of the zone stop. */
export function taskFault(scope: Construct, value: string, { zone }: ZoneOutage): ExperimentFault {
  return {
    name: 'StopTasks',
    targetKey: 'Tasks',
    target: { resourceType: 'aws:ecs:task', ...tagged(value), filters: [{ path: 'AvailabilityZone', values: [zone] }] },
    action: { actionId: 'aws:ecs:stop-task' },
    statements: [
      allow('StopTasks', ['ecs:StopTask'], [everyResource(scope, 'ecs', 'task')], ifTagged(value)),
      allow('DescribeTasks', ['ecs:DescribeTasks', 'ecs:ListTasks'], ['*']),
    ],
  };
}

/** Databases whose writer is in the zone fail over. */
export function databaseFault(scope: Construct, value: string, { zone }: ZoneOutage): ExperimentFault {
  return {
    name: 'FailoverDatabases',
    targetKey: 'Clusters',
    target: { resourceType: 'aws:rds:cluster', ...tagged(value), parameters: { writerAvailabilityZoneIdentifiers: zone } },
    action: { actionId: 'aws:rds:failover-db-cluster' },
    statements: [
      allow('FailoverDatabases', ['rds:FailoverDBCluster'], [everyResource(scope, 'rds', 'cluster', ArnFormat.COLON_RESOURCE_NAME)], ifTagged(value)),
      allow('DescribeDatabases', ['rds:DescribeDBClusters', 'rds:DescribeDBInstances'], ['*']),
    ],
  };
}

/** Nodes of caches in the zone lose their power and do not come back. */
export function cacheFault(scope: Construct, value: string, { zone, duration }: ZoneOutage): ExperimentFault {
  return {
    name: 'InterruptCaches',
    targetKey: 'ReplicationGroups',
    target: { resourceType: 'aws:elasticache:replicationgroup', ...tagged(value), parameters: { availabilityZoneIdentifier: zone } },
    action: { actionId: 'aws:elasticache:replicationgroup-interrupt-az-power', parameters: { duration: duration.toIsoString() } },
    statements: [
      allow('InterruptCaches', ['elasticache:InterruptClusterAzPower'],
        [everyResource(scope, 'elasticache', 'replicationgroup', ArnFormat.COLON_RESOURCE_NAME)], ifTagged(value)),
      allow('DescribeCaches', ['elasticache:DescribeReplicationGroups'], ['*']),
    ],
  };
}

/** Instances of the zone stop until the power is back. */
export function instanceFault(scope: Construct, value: string, { zone, duration }: ZoneOutage): ExperimentFault {
  const instances = everyResource(scope, 'ec2', 'instance');
  const ec2 = `ec2.${Stack.of(scope).region}.${Stack.of(scope).urlSuffix}`;
  return {
    name: 'StopInstances',
    targetKey: 'Instances',
    target: {
      resourceType: 'aws:ec2:instance',
      ...tagged(value),
      filters: [{ path: 'Placement.AvailabilityZone', values: [zone] }, { path: 'State.Name', values: ['running'] }],
    },
    action: {
      actionId: 'aws:ec2:stop-instances',
      parameters: { startInstancesAfterDuration: duration.toIsoString(), completeIfInstancesTerminated: 'true' },
    },
    statements: [
      allow('StopInstances', ['ec2:StopInstances', 'ec2:StartInstances'], [instances], ifTagged(value)),
      allow('DescribeInstances', ['ec2:DescribeInstances'], ['*']),
      // Instances with encrypted volumes start only when EC2 gets its grant back.
      allow('StartEncrypted', ['kms:CreateGrant'], [everyResource(scope, 'kms', 'key')],
        { StringEquals: { 'kms:ViaService': ec2 }, Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
    ],
  };
}

/** Auto Scaling groups get no new instances in the zone. */
export function scalingFault(value: string, { zone, duration }: ZoneOutage): ExperimentFault {
  const actionId = 'aws:ec2:asg-insufficient-instance-capacity-error';
  return {
    name: 'RefuseInstances',
    targetKey: 'AutoScalingGroups',
    target: { resourceType: 'aws:ec2:autoscaling-group', resourceTags: { [SCALING_TAG]: value }, selectionMode: ALL },
    action: { actionId, parameters: { availabilityZoneIdentifiers: zone, duration: duration.toIsoString(), percentage: '100' } },
    statements: [
      allow('RefuseInstances', ['ec2:InjectApiError'], ['*'], { 'ForAnyValue:StringEquals': { 'ec2:FisActionId': actionId } }),
      allow('DescribeGroups', ['autoscaling:DescribeAutoScalingGroups'], ['*']),
    ],
  };
}

/** Load balancers that take part in zonal autoshift send nothing to the zone, some minutes after the power went. */
export function shiftFault(scope: Construct, value: string, { zone, duration }: ZoneOutage, after: Duration): ExperimentFault {
  const balancers = everyResource(scope, 'elasticloadbalancing', 'loadbalancer');
  return {
    name: 'ShiftTraffic',
    targetKey: 'ManagedResources',
    target: { resourceType: 'aws:arc:zonal-shift-managed-resource', ...tagged(value) },
    action: {
      actionId: 'aws:arc:start-zonal-autoshift',
      startAfter: ['Wait'],
      parameters: {
        availabilityZoneIdentifier: zone,
        duration: duration.minus(after).toIsoString(),
        managedResourceTypes: 'ALB,NLB',
        zonalAutoshiftStatus: 'ENABLED',
      },
    },
    statements: [
      allow('ShiftTraffic', ['arc-zonal-shift:StartZonalShift', 'arc-zonal-shift:UpdateZonalShift', 'arc-zonal-shift:CancelZonalShift',
        'arc-zonal-shift:GetManagedResource'], [balancers]),
      allow('DescribeShifts', ['arc-zonal-shift:ListManagedResources', 'autoscaling:DescribeTags'], ['*']),
    ],
  };
}

