import { type Connection, type EventContext, filter, type Message } from 'rhea';
import { type AmqpOptions, closeAmqp, connectAmqp } from './amqp-link';

export interface AmqpConsumerOptions extends AmqpOptions {
  readonly queue: string;
  /** Condition on the properties in the language of JMS selectors, such as `type = 'fill' AND lots > 100`; default: every message. */
  readonly selector?: string;
  /** Messages that may be on their way at the same time; default 1, which keeps their order. */
  readonly prefetch?: number;
  /** A message that it rejects for is given back, and goes to the dead-letter queue when that happens too often. */
  readonly handle: (message: Message) => Promise<void>;
}

/** Takes messages of a queue one after the other; one is gone from the queue only when it was handled. */
export class AmqpConsumer {
  private readonly connection: Connection;

  constructor(options: AmqpConsumerOptions) {
    const { queue: address, selector, prefetch = 1 } = options;
    this.connection = connectAmqp(options);
    const receiver = this.connection.open_receiver({
      // Durable like the queue: RabbitMQ otherwise asks for another queue of that name.
      source: { address, durable: 2, ...(selector === undefined ? {} : { filter: filter.selector(selector) }) }, credit_window: 0, autoaccept: false,
    });
    const more = (): void => { receiver.add_credit(1); };
    receiver.on('receiver_error', () => options.logger.warn({ queue: address, reason: String(receiver.error) }, 'the link to the queue was refused'));
    receiver.on('receiver_open', () => receiver.add_credit(prefetch));
    receiver.on('message', ({ message, delivery }: EventContext) => {
      options.handle(message as Message).then(() => delivery?.accept(), (error: Error) => {
        options.logger.warn({ queue: address, reason: error.message }, 'a message was given back');
        delivery?.modified({ delivery_failed: true, undeliverable_here: false });
      }).finally(more);
    });
  }

  close(): Promise<void> {
    return closeAmqp(this.connection);
  }
}
