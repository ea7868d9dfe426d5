import { CfnResource } from 'aws-cdk-lib';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { isOn, isPartOf, NOT_APPLICABLE, resolved, resourcesOfApp, verdict } from './support';
import { SettlementQueue } from '../../constructs/messaging/settlement-queue';

/** Events are settled in their order or not at all: their queue is FIFO, and what cannot be settled is put aside for a person. */
export function FifoWithDeadLetterQueue(node: CfnResource): ReturnType<typeof verdict> {
  if (!(node instanceof CfnQueue) || isDeadLetterQueue(node)) return NOT_APPLICABLE;
  const isFifo = isOn(node, node.fifoQueue);
  if (!isFifo && !isPartOf(node, SettlementQueue)) return NOT_APPLICABLE;
  return verdict(isFifo && resolved(node, node.redrivePolicy) !== undefined);
}

function isDeadLetterQueue(queue: CfnQueue): boolean {
  const id = resolved<string>(queue, queue.logicalId);
  return resourcesOfApp(queue, CfnQueue).some((other) => JSON.stringify(resolved(other, other.redrivePolicy) ?? {}).includes(`"${id}"`));
}
