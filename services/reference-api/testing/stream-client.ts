import { WebSocket } from 'ws';
import { until } from './harness';

/** What the server sent. */
export interface StreamMessage {
  readonly op?: string;
  readonly channel?: string;
  readonly channels?: readonly string[];
  readonly data?: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly channel?: string };
}

/** A WebSocket client that remembers what it got. */
export class StreamClient {
  readonly messages: StreamMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Status of the answer, when there was no upgrade. */
  refused: number | undefined;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as StreamMessage));
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) };
    });
    socket.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode;
      response.resume();
      socket.terminate();
    });
    socket.on('error', () => undefined);
  }

  static async open(url: string, options: { token?: string; header?: string; path?: string; autoPong?: boolean } = {}): Promise<StreamClient> {
    const { token, header, path = '/v1/stream', autoPong = true } = options;
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers: header ? { authorization: header } : {}, autoPong });
    const client = new StreamClient(socket);
    await until(() => socket.readyState === WebSocket.OPEN || client.closed !== undefined || client.refused !== undefined);
    if (token !== undefined) {
      client.send({ op: 'auth', token });
      await client.next((message) => message.op === 'authenticated' || message.error !== undefined);
    }
    return client;
  }

  send(message: unknown): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message, of those that came and those that will, that fits. */
  async next(fits: (message: StreamMessage) => boolean, timeoutMs = 5_000): Promise<StreamMessage> {
    await until(() => this.messages.some(fits) || this.closed !== undefined, timeoutMs);
    const found = this.messages.find(fits);
    if (!found) throw new Error(`closed with ${this.closed?.code} ${this.closed?.reason} before it came; got ${JSON.stringify(this.messages)}`);
    return found;
  }

  async subscribe(...channels: string[]): Promise<void> {
    const before = this.messages.length;
    this.send({ op: 'subscribe', channels });
    await this.next((message) => message.op === 'subscribed' && this.messages.indexOf(message) >= before);
  }

  data(channel: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.channel === channel).map((message) => message.data ?? {});
  }

  async closing(): Promise<{ code: number; reason: string }> {
    await until(() => this.closed !== undefined, 8_000);
    return this.closed ?? { code: 0, reason: '' };
  }
}
