import { ChangeMessageVisibilityCommand, DeleteMessageCommand, type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { decodeMessage } from '../../adapters/backtests/message';
import type { Logger } from '../../runtime';
import type { Executor } from '../jobs/executor';

/** Attempts that the queue makes; after the last one the message is a dead letter. */
const MAX_ATTEMPTS = 3;
const WAIT_SECONDS = 20;

export interface WorkerOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly executor: Executor;
  /** Seconds that a message stays hidden; prolonged at a third of it. */
  readonly visibilitySeconds: number;
  readonly logger: Logger;
}

/** The worker is told to stop, and what it does goes back. */
class StoppedError extends Error {}

/** Takes one piece of a backtest after the other from the queue of heavy ones. */
export class Worker {
  private readonly stopping = new AbortController();
  private loop: Promise<void> = Promise.resolve();
  private problem: string | undefined;

  constructor(private readonly options: WorkerOptions) {}

  start(): void {
    this.loop = this.run();
  }

  /** What the last call of the queue failed with, undefined when it worked. */
  get lastProblem(): string | undefined {
    return this.problem;
  }

  /** Stops at once: what is not finished becomes visible again for another worker. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(): Promise<void> {
    const { sqs, queueUrl: QueueUrl, visibilitySeconds: VisibilityTimeout, logger } = this.options;
    while (!this.stopping.signal.aborted) {
      try {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({
          QueueUrl, VisibilityTimeout, MaxNumberOfMessages: 1, WaitTimeSeconds: WAIT_SECONDS, MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }), { abortSignal: this.stopping.signal });
        this.problem = undefined;
        for (const message of Messages) await this.take(message);
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.problem = (error as Error).message;
        logger.error({ err: error }, 'the queue could not be read; trying again');
        await new Promise((resolve) => setTimeout(resolve, 2_000));
      }
    }
  }

  private async take(message: Message): Promise<void> {
    const { sqs, queueUrl: QueueUrl, executor, visibilitySeconds, logger } = this.options;
    const { ReceiptHandle } = message;
    const hide = (VisibilityTimeout: number): Promise<unknown> => (
      sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout })));
    const heartbeat = setInterval(() => {
      hide(visibilitySeconds).catch((error: unknown) => logger.warn({ err: error }, 'a message could not be kept hidden'));
    }, visibilitySeconds * 1_000 / 3);
    try {
      const order = decodeMessage(message.Body ?? '');
      const attempt = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
      try {
        await executor.execute(order, 'heavy', () => {
          if (this.stopping.signal.aborted) throw new StoppedError();
        });
      } catch (error) {
        if (!(error instanceof StoppedError) && attempt >= MAX_ATTEMPTS) await executor.fail(order, 'internal_error', 'The backtest could not be run; somebody looks at it.');
        throw error;
      }
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    } catch (error) {
      if (error instanceof StoppedError) logger.info('told to stop; the piece of a backtest goes back to the queue');
      else logger.error({ err: error }, 'a backtest could not be run');
      await hide(error instanceof StoppedError ? 0 : 10).catch(() => undefined);
    } finally {
      clearInterval(heartbeat);
    }
  }
}
