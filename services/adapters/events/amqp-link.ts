import { type Connection, type ConnectionOptions, create_container as createContainer, type Delivery, type EventContext, type Message, type Sender } from 'rhea';
import type { Logger } from '../../runtime';

export interface AmqpOptions {
  /** Endpoints of the broker's instances, `amqp+ssl://host:5671` or `amqp://host:5672`; the one that answers is used. */
  readonly endpoints: readonly string[];
  readonly username: string;
  readonly password: string;
  readonly logger: Logger;
  /** For the logs and the broker: what the connection is used for. */
  readonly name: string;
}

/** The active instance of a broker changes; the one that stands by refuses connections, and then the next one is tried. */
export function connectAmqp(options: AmqpOptions): Connection {
  const peers = options.endpoints.map((endpoint) => {
    const { protocol, hostname, port } = new URL(endpoint);
    const secure = protocol !== 'amqp:';
    return { host: hostname, hostname, port: Number(port || (secure ? 5671 : 5672)), transport: secure ? 'tls' as const : 'tcp' as const, servername: hostname };
  });
  const container = createContainer();
  let attempt = 0;
  const connection = container.connect({
    container_id: `${options.name}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`,
    username: options.username,
    password: options.password,
    connection_details: () => peers[attempt++ % peers.length],
    initial_reconnect_delay: 100,
    max_reconnect_delay: 2_000,
    idle_time_out: 30_000,
    // Wrong credentials must not end the program: they may have been changed a moment ago.
    non_fatal_errors: ['amqp:connection:forced', 'amqp:unauthorized-access'],
  } as unknown as ConnectionOptions);
  let failing = false;
  const failed = (reason: string): void => {
    if (!failing) options.logger.warn({ connection: options.name, reason }, 'broker connection failed; reconnecting');
    failing = true;
  };
  connection.on('disconnected', (context: EventContext) => failed(context.error?.toString() ?? 'disconnected'));
  connection.on('connection_error', (context: EventContext) => failed(String(context.connection.error)));
  connection.on('error', (error: Error) => failed(error.message));
  connection.on('connection_open', () => {
    if (failing) options.logger.info({ connection: options.name }, 'broker connection is back');
    failing = false;
  });
  return connection;
}

/** Says goodbye and stops trying, whether the broker was ever there or not. */
export async function closeAmqp(connection: Connection): Promise<void> {
  // Not in its types: the next attempt that waits, and the socket of one that is under way.
  const inner = connection as unknown as { scheduled_reconnect?: NodeJS.Timeout; socket?: { destroy(): void } };
  connection.set_reconnect(false);
  clearTimeout(inner.scheduled_reconnect);
  if (connection.is_open()) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1_000);
      connection.once('connection_close', () => {
        clearTimeout(timer);
        resolve();
      });
      connection.close();
    });
  }
  inner.socket?.destroy();
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** Sends messages to one address; a message counts as sent when the broker has accepted it, which for durable ones means written. */
export class AmqpSender {
  private readonly sender: Sender;
  private readonly waiting = new Map<Delivery, Waiting>();
  private readonly room: (() => void)[] = [];

  constructor(connection: Connection, address: string, private readonly timeoutMs = 5_000) {
    // Unsettled: the broker says what became of each message.
    this.sender = connection.open_sender({ target: { address, durable: 2, expiry_policy: 'never' }, snd_settle_mode: 0 });
    this.sender.on('accepted', ({ delivery }: EventContext) => this.settle(delivery));
    for (const outcome of ['rejected', 'released', 'modified'] as const) {
      this.sender.on(outcome, ({ delivery }: EventContext) => this.settle(delivery, new Error(`the broker ${outcome} a message: ${describe(delivery)}`)));
    }
    this.sender.on('sendable', () => { for (const go of this.room.splice(0)) go(); });
    this.sender.on('sender_error', () => this.failAll(new Error(`the link to ${address} was refused: ${String(this.sender.error)}`)));
    connection.on('disconnected', () => this.failAll(new Error('the connection to the broker was lost; what became of the message is not known')));
  }

  /**
   * Sends a durable message.
   *
   * @throws Error when the broker did not accept it in time; it may have it nevertheless
   */
  async send(message: Message): Promise<void> {
    const deadline = Date.now() + this.timeoutMs;
    while (!this.sender.sendable()) await this.untilRoom(deadline);
    return new Promise((resolve, reject) => {
      const delivery = this.sender.send({ durable: true, ...message });
      const timer = setTimeout(() => this.settle(delivery, new Error(`the broker did not accept a message within ${this.timeoutMs} ms`)), deadline - Date.now());
      this.waiting.set(delivery, { resolve, reject, timer });
    });
  }

  private async untilRoom(deadline: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => { this.room.push(resolve); }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`the broker takes no messages for ${this.timeoutMs} ms`)), Math.max(0, deadline - Date.now()));
      }),
    ]).finally(() => clearTimeout(timer));
  }

  private settle(delivery: Delivery | undefined, error?: Error): void {
    const one = delivery && this.waiting.get(delivery);
    if (!one) return;
    this.waiting.delete(delivery);
    clearTimeout(one.timer);
    if (error) one.reject(error);
    else one.resolve();
  }

  private failAll(error: Error): void {
    for (const delivery of [...this.waiting.keys()]) this.settle(delivery, error);
  }
}

function describe(delivery: Delivery | undefined): string {
  const state = delivery?.remote_state as { error?: unknown } | undefined;
  return state?.error === undefined ? 'no reason given' : String(state.error);
}
