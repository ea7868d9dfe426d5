import { Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { IConstruct } from 'constructs';

/** Ids of the prefix lists that AWS manages in one region. */
export interface ManagedPrefixListIds {
  /** Amazon S3, `com.amazonaws.<region>.s3`. */
  readonly s3: string;

  /** Amazon DynamoDB, `com.amazonaws.<region>.dynamodb`. */
  readonly dynamoDb: string;

  /** Addresses that CloudFront calls origins from, `com.amazonaws.global.cloudfront.origin-facing`. */
  readonly cloudFrontOriginFacing: string;
}

/** The regions that our systems use. AWS keeps these ids for good; a lookup at synth would need credentials. */
const KNOWN: Record<string, ManagedPrefixListIds> = {
  'us-east-1': { s3: 'pl-63a5400a', dynamoDb: 'pl-02cd2c6b', cloudFrontOriginFacing: 'pl-3b927c52' },
  'us-west-2': { s3: 'pl-68a54001', dynamoDb: 'pl-00a54069', cloudFrontOriginFacing: 'pl-82a045eb' },
};

/** Security-group peers for addresses that belong to AWS and have no security group. */
export class ManagedPrefixLists {
  /**
   * The prefix lists of the region that `scope` is deployed to.
   *
   * @param scope a construct in a stack with a concrete region
   * @param ids ids to use instead of the known ones; needed in regions other than us-east-1 and us-west-2
   * @throws Error when the region is open or unknown and no ids are given
   */
  public static of(scope: IConstruct, ids?: ManagedPrefixListIds): ManagedPrefixLists {
    const { region } = Stack.of(scope);
    const found = ids ?? (Token.isUnresolved(region) ? undefined : KNOWN[region]);
    if (found === undefined) {
      const where = Token.isUnresolved(region) ? 'a stack without a region' : region;
      throw new Error(`prefix lists of ${where} are not known; give the stack a region of ${Object.keys(KNOWN).join(', ')}, or pass `
        + 'prefixListIds with what `aws ec2 describe-managed-prefix-lists` prints');
    }
    return new ManagedPrefixLists(found);
  }

  /** Amazon S3 through a gateway endpoint. */
  public readonly s3: ec2.IPeer;
  /** Amazon DynamoDB through a gateway endpoint. */
  public readonly dynamoDb: ec2.IPeer;
  /** CloudFront on its way to an origin. */
  public readonly cloudFrontOriginFacing: ec2.IPeer;

  private constructor(ids: ManagedPrefixListIds) {
    this.s3 = ec2.Peer.prefixList(ids.s3);
    this.dynamoDb = ec2.Peer.prefixList(ids.dynamoDb);
    this.cloudFrontOriginFacing = ec2.Peer.prefixList(ids.cloudFrontOriginFacing);
  }
}
