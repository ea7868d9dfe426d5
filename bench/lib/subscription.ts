import type WebSocket from 'ws';

/** A WebSocket that gets what it asked for until it is closed. */
export interface Subscription {
  close(): void;
}

/** What a socket makes of the conversation up to its subscription, and of what follows. */
export interface Conversation {
  /** Sends the first message. */
  open(): void;
  /** Takes a message. */
  message(text: string, say: {
    /** The subscription stands. */
    ready(): void;
    /** The server refused something. */
    fail(reason: string): void;
  }): void;
  /** The connection ended without `close` having been called. */
  readonly onLost?: (reason: string) => void;
}

/** Resolves when the server has confirmed what a socket subscribes to. @throws Error when it refuses or is not there */
export function subscribed(socket: WebSocket, { open, message, onLost }: Conversation): Promise<Subscription> {
  let standing = false;
  let closing = false;
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => fail('no confirmation within 15 s'), 15_000);
    const fail = (reason: string): void => {
      clearTimeout(limit);
      socket.terminate();
      if (!standing) reject(new Error(`the order stream cannot be opened: ${reason}`));
      else if (!closing) onLost?.(reason);
      closing = true;
    };
    const ready = (): void => {
      clearTimeout(limit);
      standing = true;
      resolve({
        close: () => {
          closing = true;
          socket.close();
        },
      });
    };
    socket.once('open', open);
    socket.on('error', (error) => fail(error.message));
    socket.once('close', (code, reason) => fail(`closed with ${code} ${String(reason)}`));
    socket.on('message', (data) => message(String(data), { ready, fail }));
  });
}
