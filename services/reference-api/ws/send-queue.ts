import { WebSocket } from 'ws';
import { CLOSE, type TopicRef } from './protocol';

/** Bytes that wait for a client above which messages that a newer one replaces are held back. */
const HOLD_ABOVE = 64 * 1024;
/** Bytes that wait for a client above which it is too slow to be served. */
const DROP_ABOVE = 1024 * 1024;
/** Milliseconds for a slow client to take notice before the connection is cut. */
const DROP_GRACE_MS = 5_000;

/**
 * Sends to one client without ever piling up: tickers and books that a slow client does not take in time are replaced by newer
 * ones, and a client that is behind by more than a megabyte is let go.
 */
export class SendQueue {
  private readonly held = new Map<string, Buffer>();
  private dropped = false;

  constructor(private readonly socket: WebSocket) {}

  /** Sends an answer. */
  control(text: string): void {
    this.write(text);
  }

  deliver(topic: TopicRef, frame: Buffer): void {
    if (topic.kind === 'latest' && this.socket.bufferedAmount > HOLD_ABOVE) {this.held.set(topic.channel, frame);} else {
      // What is newer replaces what is held.
      this.held.delete(topic.channel);
      this.write(frame);
    }
  }

  /** Forgets what is held of a topic. */
  forget(topic: TopicRef): void {
    this.held.delete(topic.channel);
  }

  private write(data: string | Buffer): void {
    if (this.dropped || this.socket.readyState !== WebSocket.OPEN) return;
    if (this.socket.bufferedAmount > DROP_ABOVE) {
      this.dropped = true;
      this.held.clear();
      this.socket.close(CLOSE.slow, 'too slow');
      setTimeout(() => this.socket.terminate(), DROP_GRACE_MS).unref();
      return;
    }
    this.socket.send(data, TEXT, this.onSent);
  }

  private readonly onSent = (): void => {
    if (this.held.size === 0 || this.socket.bufferedAmount > HOLD_ABOVE) return;
    const frames = [...this.held.values()];
    this.held.clear();
    for (const frame of frames) this.write(frame);
  };
}

const TEXT = { binary: false } as const;
