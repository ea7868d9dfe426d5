import WebSocket from 'ws';
import { Subscriptions, type SubscribeRequest } from './subscriptions';

export interface ConnectionOptions {
  readonly url: string;
  readonly topics: readonly string[];
  readonly pingIntervalMs: number;
  /** Milliseconds that a subscription may stay without an answer. */
  readonly answerLimitMs: number;
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  readonly onRefused: (topic: string, message: string) => void;
}

/** One WebSocket to the exchange from its opening to its end: subscribes, pings, and says why it ended. */
export class Connection {
  /** Resolves with the reason when the connection is gone; never rejects. */
  readonly closed: Promise<string>;
  private readonly socket: WebSocket;
  private readonly subscriptions = new Subscriptions(Date.now);
  /** Topics that are asked for again, by the id of the request. */
  private readonly renewing = new Map<string, string>();
  private pings: NodeJS.Timeout | undefined;
  private reason: string | undefined;

  constructor(private readonly options: ConnectionOptions) {
    this.socket = new WebSocket(options.url, { handshakeTimeout: 10_000, maxPayload: 8 * 1024 * 1024, perMessageDeflate: false });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', (code) => {
        clearInterval(this.pings);
        resolve(this.reason ?? `closed by the exchange (${code})`);
      });
    });
    this.socket.on('error', (error) => {
      this.reason ??= error.message || error.name;
    });
    this.socket.once('open', () => {
      options.onOpen();
      this.pings = setInterval(() => this.send({ op: 'ping', req_id: 'ping' }), options.pingIntervalMs);
      this.subscribe(this.subscriptions.request(options.topics));
    });
    this.socket.on('message', (data, isBinary) => options.onText(isBinary ? `binary frame of ${Buffer.byteLength(data as Buffer)} bytes` : String(data)));
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Takes the answer to a subscription. */
  answer(id: string, success: boolean, message: string): void {
    this.renewing.delete(id);
    const { requests, refused } = this.subscriptions.answer(id, success, message);
    this.subscribe(requests);
    if (refused !== undefined) this.options.onRefused(refused, message);
  }

  /** Asks for a topic's snapshot again. */
  renew(topic: string): void {
    // Until the snapshot is here every delta of the topic is a gap: one request is enough.
    if ([...this.renewing.values()].includes(topic)) return;
    const [request] = this.subscriptions.request([topic]);
    this.renewing.set(request.id, topic);
    this.send({ op: 'unsubscribe', req_id: `u-${request.id}`, args: [topic] });
    this.subscribe([request]);
  }

  /** Ends the connection when a subscription has had no answer for too long. */
  check(): void {
    const waitingMs = this.subscriptions.waitingMs();
    if (waitingMs > this.options.answerLimitMs) this.close(`no answer to a subscription for ${waitingMs} ms`);
  }

  close(reason: string): void {
    this.reason ??= reason;
    // Not a polite close: the other side may be the reason.
    this.socket.terminate();
  }

  private subscribe(requests: readonly SubscribeRequest[]): void {
    for (const request of requests) this.send({ op: 'subscribe', req_id: request.id, args: request.topics });
  }

  private send(message: object): void {
    if (this.isOpen) this.socket.send(JSON.stringify(message));
  }
}
