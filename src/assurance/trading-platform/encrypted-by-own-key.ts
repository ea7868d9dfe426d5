import { CfnResource } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnReplicationGroup, CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnDBCluster, CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { COMPLIANT, isPartOf, NOT_APPLICABLE, resolved, verdict } from './support';
import { StaticSite } from '../../constructs/edge/static-site';
import { AccessLogBucket } from '../../constructs/observability/access-log-bucket';

/** Keys that AWS owns and every service of the account may use. */
const MANAGED = /^alias\/aws\//;

/**
 * What holds orders, balances, prices or credentials is encrypted by the key of its class of data, so that one key policy says who
 * reads it. Access logs and public pages are of no class.
 */
export function EncryptedByOwnKey(node: CfnResource): ReturnType<typeof verdict> {
  if (isPartOf(node, AccessLogBucket) || isPartOf(node, StaticSite)) return NOT_APPLICABLE;
  const key = keyOf(node);
  if (key === undefined) return NOT_APPLICABLE;
  const value = resolved<unknown>(node, key.value);
  if (value === undefined) return verdict(false);
  return typeof value === 'string' ? verdict(!MANAGED.test(value)) : COMPLIANT;
}

/** The property that names the key, of resources that have one. */
function keyOf(node: CfnResource): { readonly value: unknown } | undefined {
  if (node instanceof CfnStream) return { value: resolved<{ keyId?: unknown } | undefined>(node, node.streamEncryption)?.keyId };
  if (node instanceof CfnQueue) return { value: node.kmsMasterKeyId };
  if (node instanceof CfnDBCluster) return { value: node.kmsKeyId };
  // Instances of a cluster use the cluster's.
  if (node instanceof CfnDBInstance) return node.dbClusterIdentifier === undefined ? { value: node.kmsKeyId } : undefined;
  if (node instanceof CfnReplicationGroup || node instanceof CfnServerlessCache || node instanceof CfnSecret) return { value: node.kmsKeyId };
  if (node instanceof CfnTable) return { value: resolved<{ kmsMasterKeyId?: unknown } | undefined>(node, node.sseSpecification)?.kmsMasterKeyId };
  if (node instanceof CfnGlobalTable) return { value: resolved<Replica[]>(node, node.replicas)[0]?.sseSpecification?.kmsMasterKeyId };
  if (node instanceof CfnBucket) return { value: bucketKey(node) };
  return undefined;
}

interface Replica { readonly sseSpecification?: { readonly kmsMasterKeyId?: unknown } }
interface BucketEncryption { readonly serverSideEncryptionConfiguration: Array<{ serverSideEncryptionByDefault?: { kmsMasterKeyId?: unknown } }> }

function bucketKey(bucket: CfnBucket): unknown {
  const [first] = resolved<BucketEncryption | undefined>(bucket, bucket.bucketEncryption)?.serverSideEncryptionConfiguration ?? [];
  return first?.serverSideEncryptionByDefault?.kmsMasterKeyId;
}
