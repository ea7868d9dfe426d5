import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { decodeEventRun, type Event } from '../../domain';
import { awsClientSettings } from '../../runtime';

/**
 * Takes messages off the settlement queue by the ledger's rules: exactly the next event, skip what it has, nothing of an epoch
 * that is over, and a gap is a fault.
 */
export class TestLedger {
  readonly events: Event[] = [];
  /** Epoch of each message that was taken. */
  readonly epochs: number[] = [];
  readonly faults: string[] = [];
  /** Events that came again, in messages of a leader that was to send them. */
  repeated = 0;
  private epoch = 0;
  private readonly client = new SQSClient({ ...awsClientSettings(30_000), useQueueUrlAsEndpoint: false });
  private stopped = false;
  private readonly loop: Promise<void>;

  /** @param after sequence that another ledger had when this one began */
  constructor(private readonly queueUrl: string, private readonly after = 0) {
    this.loop = this.run();
  }

  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? this.after;
  }

  /** Waits until an event of this sequence is in. @throws Error when it takes too long or something went wrong */
  async until(seq: number, timeoutMs = 10_000): Promise<readonly Event[]> {
    const deadline = Date.now() + timeoutMs;
    while (this.lastSeq < seq || this.faults.length > 0) {
      if (this.faults.length > 0) throw new Error(this.faults.join('; '));
      if (Date.now() > deadline) throw new Error(`the ledger stands at ${this.lastSeq}, not ${seq}`);
      await sleep(10);
    }
    return this.events;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.loop;
    this.client.destroy();
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const { Messages = [] } = await this.client.send(new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10 }));
      for (const { Body = '', ReceiptHandle } of Messages) {
        this.take(Body);
        await this.client.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
      }
      if (Messages.length === 0) await sleep(10);
    }
  }

  private take(body: string): void {
    const { epoch, events } = decodeEventRun(Buffer.from(body, 'base64'));
    if (epoch < this.epoch) return;
    this.epoch = epoch;
    this.epochs.push(epoch);
    for (const event of events) {
      if (event.seq > this.lastSeq + 1) {
        this.faults.push(`a gap: ${event.seq} behind ${this.lastSeq}`);
      } else if (event.seq === this.lastSeq + 1) {
        this.events.push(event);
      } else {
        this.repeated += 1;
        if (JSON.stringify(event) !== JSON.stringify(this.events[event.seq - 1 - this.after])) this.faults.push(`event ${event.seq} came again and was another one`);
      }
    }
  }
}
