import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { ACTIONS, KEY_ACTIONS } from '../../private/access';
import { granted } from '../../private/granted';

/** Gives principals access to a stream and, through Kinesis only, to its key. */
export class StreamGrants {
  /** @param stream stream to give access to */
  public constructor(private readonly stream: kinesis.IStream) {}

  /**
   * Appending records.
   *
   * @param grantee who may append
   */
  public append(grantee: iam.IGrantable): iam.Grant {
    return this.allow(grantee, 'write');
  }

  /**
   * Reading records from any position that the stream still has, by polling. Readers with a throughput of their own take `StreamFanOut`.
   *
   * @param grantee who may read
   */
  public read(grantee: iam.IGrantable): iam.Grant {
    return this.allow(grantee, 'read');
  }

  private allow(grantee: iam.IGrantable, access: 'read' | 'write'): iam.Grant {
    return granted(grantee, {
      actions: ACTIONS.stream[access], resourceArns: [this.stream.streamArn], service: 'kinesis', key: this.stream.encryptionKey, keyActions: KEY_ACTIONS.stream[access],
    });
  }
}
