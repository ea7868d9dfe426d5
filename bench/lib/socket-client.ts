import WebSocket from 'ws';
import type { HttpAnswer } from './http-client';

export interface SocketClientOptions {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
  /** Milliseconds until a request without an answer fails. */
  readonly timeoutMs: number;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: number;
}

interface Message {
  readonly op?: string;
  readonly id?: string;
  readonly status?: number;
  readonly body?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string; readonly id?: string };
}

/** Requests over one WebSocket that stays open, as many underway as there are. */
export class SocketClient {
  private readonly waiting = new Map<string, Waiting>();
  private readonly sweep: NodeJS.Timeout;
  private next = 0;

  /** Connects and signs in. @throws Error when the server refuses or is not there */
  static open(options: SocketClientOptions): Promise<SocketClient> {
    const socket = new WebSocket(`${options.url.replace(/^http/, 'ws')}/v1/stream`, { handshakeTimeout: 10_000, perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', (code, reason) => reject(new Error(`the connection was closed with ${code} ${String(reason)}`)));
      socket.once('open', () => socket.send(JSON.stringify({ op: 'auth', token: options.token })));
      socket.once('message', (text) => {
        const { op, error } = JSON.parse(String(text)) as Message;
        if (op === 'authenticated') resolve(new SocketClient(socket, options.timeoutMs));
        else reject(new Error(`the sign-in was answered with ${error?.code ?? op}`));
      });
    });
  }

  private constructor(private readonly socket: WebSocket, private readonly timeoutMs: number) {
    socket.on('message', (text) => this.receive(JSON.parse(String(text)) as Message));
    socket.on('close', (code, reason) => this.failAll(`the connection was closed with ${code} ${String(reason)}`));
    // One timer for all requests: thousands a second would each need one.
    this.sweep = setInterval(() => this.expire(), 500);
  }

  /** @throws Error when there is no answer; what became of the request is unknown then */
  send(method: string, path: string, _headers: Readonly<Record<string, string>>, body?: string): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const id = String(this.next++);
      this.waiting.set(id, { resolve, reject, deadline: performance.now() + this.timeoutMs });
      this.socket.send(`{"op":"request","id":"${id}","method":"${method}","path":"${path}","body":${body ?? 'null'}}`);
    });
  }

  close(): void {
    clearInterval(this.sweep);
    this.socket.close();
  }

  private receive({ op, id = '', status = 0, body, error }: Message): void {
    const known = error?.id ?? id;
    const waiting = this.waiting.get(known);
    if (waiting === undefined) return;
    this.waiting.delete(known);
    // Read with the message around it; as text it is wanted only to be shown.
    if (op === 'response') waiting.resolve({ status, get body() { return JSON.stringify(body); }, json: body, cookie: undefined });
    else waiting.reject(new Error(`${error?.code}: ${error?.message}`));
  }

  private expire(): void {
    const now = performance.now();
    for (const [id, { deadline, reject }] of this.waiting) {
      if (deadline > now) return;
      this.waiting.delete(id);
      reject(new Error(`no answer within ${this.timeoutMs} ms`));
    }
  }

  private failAll(reason: string): void {
    clearInterval(this.sweep);
    for (const { reject } of this.waiting.values()) reject(new Error(reason));
    this.waiting.clear();
  }
}
