import * as iam from 'aws-cdk-lib/aws-iam';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ISettlementQueue } from './settlement-queue';
import { ACTIONS, KEY_ACTIONS } from '../../private/access';
import { granted } from '../../private/granted';

/** Gives principals access to settlement queues and, through SQS only, to their keys. */
export class QueueGrants {
  /** @param queues queues to give access to */
  public constructor(private readonly queues: ISettlementQueue[]) {}

  /**
   * Sending runs of events, as matchers do.
   *
   * @param grantee who may send
   */
  public send(grantee: iam.IGrantable): iam.Grant {
    return this.allow(grantee, 'send', this.queues.map(({ queue }) => queue));
  }

  /**
   * Taking runs of events, and copying those that halt their partition to the dead-letter queue, as settlement does.
   *
   * @param grantee who may consume
   */
  public consume(grantee: iam.IGrantable): iam.Grant {
    return this.allow(grantee, 'consume', this.queues.map(({ queue }) => queue))
      .combine(this.allow(grantee, 'send', this.queues.map(({ deadLetterQueue }) => deadLetterQueue)));
  }

  private allow(grantee: iam.IGrantable, access: 'send' | 'consume', queues: sqs.IQueue[]): iam.Grant {
    return queues
      .map((queue) => granted(grantee, {
        actions: ACTIONS.queue[access], resourceArns: [queue.queueArn], service: 'sqs', key: queue.encryptionMasterKey, keyActions: KEY_ACTIONS.queue[access],
      }))
      .reduce((all, grant) => all.combine(grant));
  }
}
