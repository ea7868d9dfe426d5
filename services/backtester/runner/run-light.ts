import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { decodeMessage, sendParts } from '../../adapters/backtests/message';
import type { Logger } from '../../runtime';
import { type Executor, OutOfTimeError } from '../jobs/executor';

/** Time that is left for handing a backtest on. */
const SPARE_MS = 30_000;
/** Attempts that the queue makes; after the last one the message is a dead letter. */
export const MAX_ATTEMPTS = 3;

export interface LightRunOptions {
  readonly executor: Executor;
  readonly sqs: SQSClient;
  /** Undefined where there are no workers. */
  readonly heavyQueue?: string;
  readonly logger: Logger;
}

/**
 * Runs the backtest of one message within the time that a function has left. One that takes longer than it was expected to goes to the
 * workers, or fails where there are none.
 *
 * @throws Error when another attempt may succeed
 */
export async function runLight({ body, attributes }: Pick<SQSRecord, 'body' | 'attributes'>, remainingMs: () => number, options: LightRunOptions): Promise<void> {
  const { executor, sqs, heavyQueue, logger } = options;
  const message = decodeMessage(body);
  try {
    await executor.execute(message, 'light', () => {
      if (remainingMs() < SPARE_MS) throw new OutOfTimeError();
    });
  } catch (error) {
    if (error instanceof OutOfTimeError) {
      if (heavyQueue === undefined) return executor.fail(message, 'took_too_long', 'The backtest took longer than a function may. Ask for fewer days, longer candles or fewer settings.');
      await sendParts(sqs, heavyQueue, message);
      return logger.warn({ backtestId: message.backtestId, estimate: message.estimate.seconds }, 'a backtest takes longer than expected and goes to the workers');
    }
    logger.error({ err: error, backtestId: message.backtestId }, 'a backtest could not be run');
    if (Number(attributes.ApproximateReceiveCount) >= MAX_ATTEMPTS) await executor.fail(message, 'internal_error', 'The backtest could not be run; somebody looks at it.');
    throw error;
  }
}
