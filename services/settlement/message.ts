import type { SQSRecord } from 'aws-lambda';
import { decodeRunTraces, TRACES_ATTRIBUTE } from '../adapters/events/run-traces';
import { decodeEventRun, type EventRun } from '../domain';
import { RefusedEventError } from './errors';

const PARTITION = /^(0|[1-9]\d{0,4})$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The partition that a message belongs to by its group; undefined when the group names none. */
export function partitionOf(record: SQSRecord): number | undefined {
  const group = record.attributes.MessageGroupId ?? '';
  return PARTITION.test(group) && Number(group) <= 0xffff ? Number(group) : undefined;
}

/** @throws RefusedEventError when the body is no run of events of the message's own partition */
export function readRun(record: SQSRecord): EventRun {
  const partition = partitionOf(record);
  if (partition === undefined) {
    throw new RefusedEventError(undefined, `the message's group ${JSON.stringify(record.attributes.MessageGroupId)} is no partition`);
  }
  if (!BASE64.test(record.body)) throw new RefusedEventError(undefined, 'the message\'s body is not base64');
  let run: EventRun;
  try {
    run = decodeEventRun(Buffer.from(record.body, 'base64'));
  } catch (error) {
    throw new RefusedEventError(undefined, error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (run.partition !== partition) {
    throw new RefusedEventError(undefined, `a run of partition ${run.partition} came in the group of partition ${partition}`);
  }
  const traces = decodeRunTraces(record.messageAttributes?.[TRACES_ATTRIBUTE]?.stringValue ?? '');
  return traces.length > 0 ? { ...run, traces } : run;
}
