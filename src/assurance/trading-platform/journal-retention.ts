import { CfnResource } from 'aws-cdk-lib';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { NagRules } from 'cdk-nag';
import { isPartOf, NOT_APPLICABLE, verdict } from './support';
import { OrderJournal } from '../../constructs/messaging/order-journal';
import { MAX_SNAPSHOT_AGE } from '../../private/journal-retention';

/** Kinesis keeps a day unless told otherwise. */
const KEPT_BY_DEFAULT = 24;

/** A journal that forgets records before the next snapshot has them loses orders when a matcher starts. */
export function JournalRetention(node: CfnResource): ReturnType<typeof verdict> {
  if (!(node instanceof CfnStream) || !isPartOf(node, OrderJournal)) return NOT_APPLICABLE;
  const hours = NagRules.resolveIfPrimitive(node, node.retentionPeriodHours) as number | undefined;
  return verdict((hours ?? KEPT_BY_DEFAULT) > MAX_SNAPSHOT_AGE.toHours());
}
