import { ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * The copy that Secrets Manager keeps of another region's secret in the region of `scope`. It has the ARN of the original but for the
 * region, and the key of its own region.
 */
export function copiedSecret(scope: Construct, id: string, original: secretsmanager.ISecret, encryptionKey: kms.IKey): secretsmanager.ISecret {
  const secretCompleteArn = Stack.of(scope).formatArn({
    service: 'secretsmanager', resource: 'secret', resourceName: Fn.select(6, Fn.split(':', original.secretArn)), arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return secretsmanager.Secret.fromSecretAttributes(scope, id, { secretCompleteArn, encryptionKey });
}
