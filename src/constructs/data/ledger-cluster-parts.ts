import { Token, Validations } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { checkPostgresVersion, SECURE_PARAMETERS } from './ledger-access';
import type { LedgerClusterProps, ReaderScaling } from './ledger-cluster-options';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { checkWhole } from '../../private/whole';

/** @throws Error with everything that is wrong with the properties of a ledger */
export function checkLedgerCluster(scope: Construct, props: LedgerClusterProps): void {
  const faults = new Faults(scope.node.path);
  const { readers = 1, readerScaling, globalRecoveryPoint: rpo } = props;
  checkPlain(faults, { globalRecoveryPoint: rpo });
  checkWhole(faults, 'readers', readers, 0, 15);
  if (readerScaling !== undefined) {
    const { maxReaders, targetCpuPercent = 70 } = readerScaling;
    const least = Token.isUnresolved(readers) ? 1 : readers;
    checkWhole(faults, 'readerScaling.maxReaders', maxReaders, least + 1, 15, 'above `readers`');
    checkWhole(faults, 'readerScaling.targetCpuPercent', targetCpuPercent, 10, 90);
    faults.check(least > 0, '`readerScaling` needs `readers` of at least 1, because the load of the readers is what it looks at');
  }
  props.backupRetention?._checkRestorable(faults, 'backupRetention');
  faults.check(rpo === undefined || rpo.isUnresolved() || rpo.toSeconds() >= 20, `\`globalRecoveryPoint\` must be at least 20 seconds, which Aurora asks for, got: ${rpo?.toHumanString()}`);
  checkPostgresVersion(faults, 'Aurora PostgreSQL', props.engineVersion?.auroraPostgresMajorVersion, props.engineVersion?.auroraPostgresFullVersion);
  props.capacity?._check(faults);
  faults.throwIfAny();
  if (readers === 0) {
    Validations.of(scope).addWarning('cdk-trading-platform:ledgerClusterWithoutReader',
      'The ledger has no reader: when its zone fails, Aurora makes a new instance first, which takes up to ten minutes. Set `readers` to 1.');
  }
}

/** Settings of the engine: what every ledger has, statistics of queries, and the bound on what a region may lose. */
export function ledgerParameters(props: LedgerClusterProps): { [name: string]: string } {
  return {
    ...SECURE_PARAMETERS,
    'shared_preload_libraries': 'pg_stat_statements',
    'pg_stat_statements.track': 'all',
    ...(props.globalRecoveryPoint === undefined ? {} : { 'rds.global_db_rpo': String(props.globalRecoveryPoint.toSeconds()) }),
  };
}

/** Role with which the database writes to a bucket. */
export function exportToRole(scope: Construct, bucket: s3.IBucket): iam.Role {
  const role = new iam.Role(scope, 'ExportRole', { description: 'The ledger writes results of queries', assumedBy: new iam.ServicePrincipal('rds.amazonaws.com') });
  const { encryptionKey } = bucket;
  new iam.ManagedPolicy(scope, 'ExportPolicy', {
    description: 'Results of queries of the ledger',
    roles: [role],
    statements: [
      new iam.PolicyStatement({ actions: ['s3:AbortMultipartUpload', 's3:PutObject'], resources: [bucket.arnForObjects('ledger-exports/*')] }),
      ...(encryptionKey === undefined ? [] : [new iam.PolicyStatement({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [encryptionKey.keyArn] })]),
    ],
  });
  return role;
}

/** Readers that come and go: Application Auto Scaling adds and removes them with its own role for RDS. */
export function scaleReaders(
  scope: Construct, cluster: rds.DatabaseCluster, minReaders: number, scaling: ReaderScaling,
): [autoscaling.CfnScalableTarget, autoscaling.CfnScalingPolicy] {
  const target = new autoscaling.CfnScalableTarget(scope, 'ReaderTarget', {
    serviceNamespace: 'rds',
    scalableDimension: 'rds:cluster:ReadReplicaCount',
    resourceId: `cluster:${cluster.clusterIdentifier}`,
    minCapacity: minReaders,
    maxCapacity: scaling.maxReaders,
  });
  // The readers that are always there count: they must be there first.
  target.node.addDependency(cluster);
  const policy = new autoscaling.CfnScalingPolicy(scope, 'ReaderPolicy', {
    policyName: 'ReaderCpu',
    policyType: 'TargetTrackingScaling',
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: 'RDSReaderAverageCPUUtilization' },
      targetValue: scaling.targetCpuPercent ?? 70,
      scaleInCooldown: 900,
      scaleOutCooldown: 60,
    },
  });
  return [target, policy];
}
