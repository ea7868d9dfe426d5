import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { ILedgerDatabase } from './ledger-database';
import { ACTIONS } from '../../private/access';
import { Faults } from '../../private/faults';

/** Gives principals access to a ledger. Network access is a matter of `connections`. */
export class LedgerGrants {
  /**
   * @param scope a construct of the ledger's account and region
   * @param ledger ledger to give access to
   */
  public constructor(private readonly scope: IConstruct, private readonly ledger: ILedgerDatabase) {}

  /**
   * Signing in to the database as one of its users, with a token of IAM. What the user may do there, the database says.
   *
   * @param grantee who may sign in
   * @param user name of the user, such as 'api'
   */
  public connect(grantee: iam.IGrantable, user: string): iam.Grant {
    const faults = new Faults(this.scope.node.path);
    faults.check(Token.isUnresolved(user) || /^[^*\s/]+$/.test(user), `\`user\` must be the name of one user of the database, got: '${user}'`);
    faults.throwIfAny();
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ACTIONS.database,
      resourceArns: [Stack.of(this.scope).formatArn({
        service: 'rds-db', resource: 'dbuser', resourceName: `${this.ledger.clusterResourceIdentifier}/${user}`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      })],
    });
  }
}
