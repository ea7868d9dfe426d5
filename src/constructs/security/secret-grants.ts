import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

/** Gives principals access to a secret and, through Secrets Manager only, to its key. */
export class SecretGrants {
  /** @param secret secret to give access to */
  public constructor(private readonly secret: secretsmanager.ISecret) {}

  /**
   * Reading the value. Containers do not need it: ECS reads the secrets that it injects with a role of its own.
   *
   * @param grantee who may read
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    return this.secret.grantRead(grantee);
  }
}
