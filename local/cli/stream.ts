import WebSocket from 'ws';
import { LocalError } from '../servers/errors';

/** A message of a channel. */
export interface StreamMessage {
  readonly channel: string;
  readonly data: Record<string, unknown>;
}

/** A signed-in connection to the platform's WebSocket that remembers what came. */
export class Stream {
  readonly messages: StreamMessage[] = [];
  private readonly listeners = new Set<() => void>();

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Partial<StreamMessage> & { op?: string; channels?: string[]; error?: { message: string } };
      if (message.error) this.problem ??= new LocalError(`The stream refused: ${message.error.message}`);
      if (message.op === 'subscribed') this.subscribed = true;
      if (message.channel && message.data) this.messages.push({ channel: message.channel, data: message.data });
      this.wake();
    });
    socket.on('close', (code, reason) => {
      this.problem ??= new LocalError(`The stream was closed: ${code} ${String(reason)}`);
      this.wake();
    });
    socket.on('error', (error) => {
      this.problem ??= new LocalError(`The stream broke: ${error.message}`);
      this.wake();
    });
  }

  private problem?: Error;
  private subscribed = false;

  /** Connects, signs in and subscribes. @throws LocalError when the stream refuses */
  static async open(url: string, token: string, channels: readonly string[]): Promise<Stream> {
    const socket = new WebSocket(url);
    const stream = new Stream(socket);
    socket.once('open', () => {
      socket.send(JSON.stringify({ op: 'auth', token }));
      socket.send(JSON.stringify({ op: 'subscribe', channels }));
    });
    await stream.until('the subscription', () => (stream.subscribed ? true : undefined));
    return stream;
  }

  /** Waits until `find` gives something. @throws LocalError when the stream ends or the time is over */
  until<T>(what: string, find: (messages: readonly StreamMessage[]) => T | undefined, timeoutMs = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer);
        this.listeners.delete(look);
        act();
      };
      const look = (): void => {
        const found = find(this.messages);
        if (found !== undefined) finish(() => resolve(found));
        else if (this.problem) finish(() => reject(this.problem as Error));
      };
      const timer = setTimeout(() => finish(() => reject(new LocalError(`${what} did not come over the stream within ${timeoutMs / 1_000} s.`))), timeoutMs);
      this.listeners.add(look);
      look();
    });
  }

  close(): void {
    this.socket.removeAllListeners('close');
    this.socket.close();
  }

  private wake(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
