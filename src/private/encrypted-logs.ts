import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { retentionDays } from './retention';

/** What a group of logs may vary in. */
export interface EncryptedLogsOptions {
  readonly retention?: Duration;
  readonly encryptionKey?: kms.IKey;
  readonly logGroupName?: string;
  readonly removalPolicy?: RemovalPolicy;
}

/** A log group under a customer key. Without a given key it gets one of its own, named after it. */
export function encryptedLogs(scope: Construct, id: string, options: EncryptedLogsOptions = {}): logs.LogGroup {
  const removalPolicy = options.removalPolicy ?? RemovalPolicy.RETAIN;
  return new logs.LogGroup(scope, id, {
    logGroupName: options.logGroupName,
    retention: retentionDays(options.retention ?? Duration.days(90), 'logRetention'),
    encryptionKey: logKey(scope, `${id}Key`, options.encryptionKey, removalPolicy),
    removalPolicy,
  });
}

/** Keys that CloudWatch Logs may use already: saying it once for each of a dozen log groups is dear, and the policy would drop it again. */
const ALLOWED = new WeakSet<kms.IKey>();

/** The given key, or a new one, with leave for CloudWatch Logs to use it for log groups of its own account and region. */
export function logKey(scope: Construct, id: string, given?: kms.IKey, removalPolicy = RemovalPolicy.RETAIN): kms.IKey {
  const key = given ?? new kms.Key(scope, id, { description: `Logs of ${scope.node.path}`, enableKeyRotation: true, removalPolicy });
  if (ALLOWED.has(key)) return key;
  ALLOWED.add(key);
  const stack = Stack.of(key);
  key.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'CloudWatchLogs',
    principals: [new iam.ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
    actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    resources: ['*'],
    conditions: {
      ArnLike: {
        'kms:EncryptionContext:aws:logs:arn': stack.formatArn({ service: 'logs', resource: 'log-group', resourceName: '*', arnFormat: ArnFormat.COLON_RESOURCE_NAME }),
      },
    },
  }));
  return key;
}
