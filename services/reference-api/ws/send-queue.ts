import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { CLOSE, type TopicRef } from './protocol';
import { frameOfText, wireOf } from './wire';

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
  private draining = false;
  private gathering = false;

  /** @param stream what the WebSocket writes to: messages for many go there as they are. It must not compress. */
  constructor(private readonly socket: WebSocket, private readonly stream: Duplex) {}

  /** Sends an answer. */
  control(text: string): void {
    this.write(text);
  }

  /**
   * Sends, and resolves when the client has taken it: whoever waits for that has never more than this on its way. False: there is no
   * client any more.
   */
  taken(frame: Buffer): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.write(frame, (error) => resolve(!error && this.socket.readyState === WebSocket.OPEN))) resolve(false);
    });
  }

  deliver(topic: TopicRef, frame: Buffer): void {
    if (topic.kind === 'latest' && this.socket.bufferedAmount > HOLD_ABOVE) {
      this.held.set(topic.channel, frame);
      this.flushLater();
    } else {
      // What is newer replaces what is held.
      this.held.delete(topic.channel);
      this.write(frame);
    }
  }

  /** Forgets what is held of a topic. */
  forget(topic: TopicRef): void {
    this.held.delete(topic.channel);
  }

  /** @returns whether it was sent, and `done` will be called */
  private write(data: string | Buffer, done?: (error?: Error | null) => void): boolean {
    if (this.dropped || this.socket.readyState !== WebSocket.OPEN) return false;
    if (this.socket.bufferedAmount > DROP_ABOVE) {
      this.dropped = true;
      this.held.clear();
      this.socket.close(CLOSE.slow, 'too slow');
      setTimeout(() => this.socket.terminate(), DROP_GRACE_MS).unref();
      return false;
    }
    this.gather();
    // The library has nothing of its own under way that this could fall into: it writes whole frames, and compresses none.
    this.stream.write(typeof data === 'string' ? frameOfText(data) : wireOf(data), done);
    return true;
  }

  /** What one turn of the event loop has for a client goes out in one write: each costs a call of the system, and wakes the other end. */
  private gather(): void {
    if (this.gathering) return;
    this.gathering = true;
    this.stream.cork();
    process.nextTick(() => {
      this.gathering = false;
      this.stream.uncork();
    });
  }

  private flushLater(): void {
    if (this.draining) return;
    this.draining = true;
    this.stream.once('drain', () => {
      this.draining = false;
      const frames = [...this.held.values()];
      this.held.clear();
      for (const frame of frames) this.write(frame);
    });
  }
}
