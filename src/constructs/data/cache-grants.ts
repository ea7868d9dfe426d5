import * as iam from 'aws-cdk-lib/aws-iam';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';

/** Gives principals access to a cache. Network access is a matter of `connections`. */
export class CacheGrants {
  /** @param authToken token that clients present */
  public constructor(private readonly authToken: secretsmanager.ISecret) {}

  /**
   * Reading the token, with which a client may run every command but the dangerous ones.
   *
   * @param grantee who may connect
   */
  public connect(grantee: iam.IGrantable): iam.Grant {
    return this.authToken.grantRead(grantee);
  }
}
