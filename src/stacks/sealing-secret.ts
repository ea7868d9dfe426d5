import { RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { accept, inPacks } from './acknowledgements-shared';

/** Master secret that the secrets of users' API keys are sealed with: what is in the database opens nothing without it. */
export function createSealingSecret(scope: Construct, encryptionKey: kms.IKey, removalPolicy?: RemovalPolicy): secretsmanager.Secret {
  const secret = new secretsmanager.Secret(scope, 'ApiKeysSecret', {
    description: 'Seals the secrets of API keys',
    encryptionKey,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN,
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
  });
  accept(secret, [...inPacks('SMG4', ['AwsSolutions']), ...inPacks('SecretsManagerRotationEnabled', ['HIPAA.Security', 'NIST.800.53.R5'])],
    'What was sealed with it is opened with it: a new value takes its place beside the old one, which a rotation by Secrets Manager would throw away.',
    'encrypted with a key of the system; several values may stand side by side, of which the first seals');
  return secret;
}
