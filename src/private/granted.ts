import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';

/** What a principal is granted on resources of one service, and on the key that encrypts them. */
export interface Access {
  readonly actions: string[];
  readonly resourceArns: string[];
  /** Name of the service in host names, such as 'kinesis'. */
  readonly service: string;
  readonly key?: kms.IKey;
  readonly keyActions: string[];
}

/** Grants access. A customer key is granted through its service only, so a stolen role cannot decrypt what it got elsewhere. */
export function granted(grantee: iam.IGrantable, { actions, resourceArns, service, key, keyActions }: Access): iam.Grant {
  const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  if (key === undefined || keyActions.length === 0) return grant;
  return grant.combine(iam.Grant.addToPrincipal({
    grantee,
    actions: keyActions,
    resourceArns: [key.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': `${service}.${Aws.REGION}.${Aws.URL_SUFFIX}` } },
  }));
}
