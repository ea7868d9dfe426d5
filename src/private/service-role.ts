import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** What a role is made of. */
export interface ServiceRoleOptions {
  readonly description: string;
  readonly assumedBy: iam.IPrincipal;
  readonly statements: iam.PolicyStatement[];
}

/** A role with exactly these statements, in a managed policy of its own rather than inline. */
export function serviceRole(scope: Construct, id: string, options: ServiceRoleOptions): iam.Role {
  const { description, assumedBy } = options;
  const role = new iam.Role(scope, id, { description, assumedBy });
  new iam.ManagedPolicy(role, 'Policy', { description, roles: [role], statements: options.statements });
  return role;
}
