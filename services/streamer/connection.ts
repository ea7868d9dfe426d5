import WebSocket from 'ws';
import type { Protocol } from './protocols/protocol';

export interface ConnectionOptions {
  readonly url: string;
  readonly protocol: Pick<Protocol, 'ping' | 'sendEveryMs'>;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
}

/** One WebSocket to an exchange from its opening to its end: sends at the pace that is allowed, pings, and says why it ended. */
export class Connection {
  /** Resolves with the reason when the connection is gone; never rejects. */
  readonly closed: Promise<string>;
  private readonly socket: WebSocket;
  private readonly waiting: string[] = [];
  private pacer: NodeJS.Timeout | undefined;
  private pings: NodeJS.Timeout | undefined;
  private reason: string | undefined;

  constructor(private readonly options: ConnectionOptions) {
    const { url, protocol } = options;
    this.socket = new WebSocket(url, { handshakeTimeout: 10_000, maxPayload: 8 * 1024 * 1024, perMessageDeflate: false });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code) => {
        clearInterval(this.pings);
        clearTimeout(this.pacer);
        resolve(this.reason ?? `closed by the exchange (${code})`);
      });
    });
    this.socket.on('error', (error) => {
      this.reason ??= error.message || error.name;
    });
    this.socket.once('open', () => {
      const { ping } = protocol;
      if (ping) this.pings = setInterval(() => this.send([ping.text]), ping.everyMs);
      options.onOpen();
    });
    this.socket.on('message', (data, isBinary) => options.onText(isBinary ? `binary frame of ${Buffer.byteLength(data as Buffer)} bytes` : String(data)));
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Reads no further until `resume`: what the exchange sends waits in the connection, and then at the exchange. */
  pause(): void {
    if (this.isOpen) this.socket.pause();
  }

  resume(): void {
    if (this.isOpen) this.socket.resume();
  }

  /** Sends frames in order, no faster than the exchange allows. */
  send(frames: readonly string[]): void {
    this.waiting.push(...frames);
    if (this.pacer === undefined) this.pump();
  }

  close(reason: string): void {
    this.reason ??= reason;
    // Not a polite close: the other side may be the reason.
    this.socket.terminate();
  }

  private pump(): void {
    this.pacer = undefined;
    const { sendEveryMs } = this.options.protocol;
    while (this.waiting.length > 0 && this.isOpen) {
      this.socket.send(this.waiting.shift()!);
      if (sendEveryMs > 0) {
        this.pacer = setTimeout(() => this.pump(), sendEveryMs);
        return;
      }
    }
  }
}
