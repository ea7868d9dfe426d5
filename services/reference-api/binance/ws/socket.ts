import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import type { Reader } from './feed';
import { CLOSE } from '../../ws/protocol';
import { SendQueue } from '../../ws/send-queue';

/** Messages that a client may send at once, and per second in the long run. */
const BURST = 40;
const MESSAGES_PER_SECOND = 10;

/** A socket of Binance's API: what it may send, and that it is alive. */
export abstract class FacadeSocket {
  /** Whether the client has answered the last ping. */
  alive = true;
  protected readonly out: SendQueue;
  private allowance = BURST;
  private lastMessage = Date.now();

  constructor(readonly socket: WebSocket, stream: Duplex, readonly address: string | undefined) {
    this.out = new SendQueue(socket, stream);
    socket.on('message', (data, isBinary) => {
      if (socket.readyState === WebSocket.OPEN) this.receive(isBinary ? undefined : parse(data));
    });
    socket.on('pong', () => { this.alive = true; });
    // The socket closes by itself after an error of its protocol, such as a message that is too large.
    socket.on('error', () => undefined);
    socket.once('close', () => this.end());
  }

  /** What rights it goes by may have ended: looks again. */
  abstract check(): Promise<void>;
  /** Whether events of an account are sent here. */
  abstract hears(accountId: string): boolean;
  protected abstract receive(message: unknown): void;
  protected abstract end(): void;

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  protected send(value: object): void {
    this.out.control(JSON.stringify(value));
  }

  /** Takes a message from the connection's allowance, which grows with time; without any left the connection ends. */
  protected spend(): boolean {
    const now = Date.now();
    this.allowance = Math.min(BURST, this.allowance + (now - this.lastMessage) * MESSAGES_PER_SECOND / 1_000) - 1;
    this.lastMessage = now;
    if (this.allowance >= 0) return true;
    this.close(CLOSE.policy, 'too many messages');
    return false;
  }

  protected reader(wrapped: boolean): Reader {
    return { out: this.out, wrapped };
  }
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(String(data)) as unknown;
  } catch {
    return undefined;
  }
}
