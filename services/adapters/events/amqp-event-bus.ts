import type { Connection } from 'rhea';
import { type AmqpOptions, AmqpSender, closeAmqp, connectAmqp } from './amqp-link';
import type { EventBus } from './event-bus';
import { encodeEventRun, type EventRun } from '../../domain';

/** Longest body in bytes; ActiveMQ takes more, but a message is a unit of memory at every consumer. */
const MAX_BODY = 200 * 1024;
const MAX_EVENTS = 500;

export interface AmqpEventBusOptions extends AmqpOptions {
  /** Queue of the broker. */
  readonly queue: string;
  /** Longest wait until a message is accepted, in milliseconds. */
  readonly requestTimeoutMs?: number;
}

/**
 * Events over AMQP 1.0, as `SqsEventBus` does over SQS: durable messages, one at a time per partition, each with a run of events. A broker
 * knows no deduplication: message id and properties name leader and range, and whoever settles skips what he has. The properties are what a
 * selector can choose by; a message that fails too often goes to the queue's dead-letter queue, which the broker's configuration says.
 */
export class AmqpEventBus implements EventBus {
  private readonly connection: Connection;
  private readonly sender: AmqpSender;

  constructor(options: AmqpEventBusOptions) {
    this.connection = connectAmqp(options);
    this.sender = new AmqpSender(this.connection, options.queue, options.requestTimeoutMs);
  }

  async publish(run: EventRun): Promise<number> {
    const { events, body } = fit(run);
    const [first] = events;
    const last = events[events.length - 1];
    await this.sender.send({
      message_id: `${run.partition}-${run.epoch}-${first.seq}-${last.seq}`,
      group_id: String(run.partition),
      content_type: 'application/octet-stream',
      application_properties: {
        partition: run.partition, epoch: run.epoch, firstSeq: first.seq, lastSeq: last.seq, type: events.length === 1 ? first.type : 'run',
      },
      body,
    });
    return events.length;
  }

  close(): Promise<void> {
    return closeAmqp(this.connection);
  }
}

/** The longest beginning of a run, found by halving, whose message is short enough. */
function fit(run: EventRun): { events: EventRun['events']; body: Buffer } {
  let events = run.events.slice(0, MAX_EVENTS);
  for (;;) {
    const body = Buffer.from(encodeEventRun({ ...run, events }));
    if (body.length <= MAX_BODY || events.length === 1) return { events, body };
    events = events.slice(0, events.length >> 1);
  }
}
