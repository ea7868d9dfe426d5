import WebSocket from 'ws';
import { LocalError, messageOf } from '../servers/errors';

/** A message of the WebSocket API. */
export interface GatewayMessage {
  readonly op?: string;
  readonly channel?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const PATIENCE_MS = 30_000;

/** A connection to a WebSocket API in API Gateway, as a browser makes it: the token goes along as a protocol. */
export class GatewaySocket {
  private readonly messages: GatewayMessage[] = [];
  private readonly waiting = new Set<() => void>();
  private closed?: string;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      const { data: told, ...message } = JSON.parse(data.toString('utf8')) as Omit<GatewayMessage, 'data'> & { data?: GatewayMessage['data'] | GatewayMessage['data'][] };
      // A channel that has several things to say says them in one message.
      this.messages.push(...[told].flat().map((one) => ({ ...message, data: one })));
      for (const look of [...this.waiting]) look();
    });
    socket.on('close', (code, reason) => {
      this.closed = `${code} ${reason.toString('utf8')}`;
      for (const look of [...this.waiting]) look();
    });
    socket.on('error', () => undefined);
  }

  /** @throws LocalError when the API does not let us in */
  static open(url: string, token: string): Promise<GatewaySocket> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, ['bearer', token], { handshakeTimeout: PATIENCE_MS });
      const opened = new GatewaySocket(socket);
      socket.once('open', () => resolve(opened));
      socket.once('unexpected-response', (_, response) => reject(new LocalError(`The WebSocket API answered with ${response.statusCode}.`)));
      socket.once('error', (error) => reject(new LocalError(`The WebSocket API cannot be reached: ${messageOf(error)}`)));
    });
  }

  /** Listens to channels; resolves when the API has said so. */
  async subscribe(channels: readonly string[]): Promise<void> {
    this.socket.send(JSON.stringify({ op: 'subscribe', channels }));
    await this.until('the answer to a subscription', ({ op }) => op === 'subscribed');
  }

  /** The first message, of those that came and those that will, that is the one. @throws LocalError when none comes */
  until(what: string, isIt: (message: GatewayMessage) => boolean): Promise<GatewayMessage> {
    return new Promise((resolve, reject) => {
      const end = (result: GatewayMessage | LocalError): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        if (result instanceof LocalError) reject(result);
        else resolve(result);
      };
      const look = (): void => {
        const found = this.messages.find(isIt);
        if (found) end(found);
        else if (this.closed !== undefined) end(new LocalError(`The WebSocket was closed (${this.closed}) before ${what} came.`));
      };
      const timer = setTimeout(() => end(new LocalError(`${what} did not come; there came: ${JSON.stringify(this.messages).slice(0, 500)}`)), PATIENCE_MS);
      this.waiting.add(look);
      look();
    });
  }

  close(): void {
    this.socket.close();
  }
}
