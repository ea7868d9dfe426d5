import type { Duplex } from 'node:stream';
import { WebSocket, type RawData } from 'ws';
import { type Hub, StreamUnavailableError } from './hub';
import { type After, CLOSE, clientMessage, type ClientMessage, errorFrame, MAX_CHANNELS, type RequestMessage, topicOf, type TopicRef } from './protocol';
import { ReplayOps } from './replay-ops';
import type { Requests } from './requests';
import { SendQueue } from './send-queue';
import type { Sink } from './topic';
import type { AccessControl } from '../access/access-control';
import { KeysUnavailableError } from '../auth/key-store';
import { type Caller, InvalidTokenError, type TokenVerifier } from '../auth/token-verifier';
import { ApiError } from '../http/errors';
import type { InstrumentCatalog } from '../market/instrument-catalog';
import type { Replays } from '../replay/replays';

export interface ConnectionContext {
  readonly verifier: TokenVerifier;
  readonly catalog: InstrumentCatalog;
  readonly hub: Hub;
  /** Whether the account may have one more connection; counts it if so. */
  readonly admit: (accountId: string) => boolean;
  readonly authTimeoutMs: number;
  /** Answers requests as they would be over HTTP. */
  readonly requests: Requests;
  readonly replays: Replays;
  readonly access: AccessControl;
}

/** Messages that a client may send at once, and per second in the long run. */
const BURST = 40;
const MESSAGES_PER_SECOND = 10;
/** Requests of one connection that are underway at once. */
const MAX_UNDERWAY = 1_000;
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One client: authenticates it, keeps its subscriptions, and ends with its token. */
export class Connection implements Sink {
  /** Whether the client has answered the last ping. */
  alive = true;
  private caller: Caller | undefined;
  private readonly topics = new Map<string, TopicRef>();
  private readonly out: SendQueue;
  private readonly replays: ReplayOps;
  private work: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout;
  private allowance = BURST;
  private lastMessage = Date.now();
  private underway = 0;

  constructor(
    readonly socket: WebSocket, stream: Duplex, private readonly context: ConnectionContext,
    private readonly address?: string, private readonly program?: string,
  ) {
    this.out = new SendQueue(socket, stream);
    this.replays = new ReplayOps(context.replays, context.requests, this.out, address);
    this.timer = setTimeout(() => this.close(CLOSE.authTimeout, 'no auth message in time'), context.authTimeoutMs);
    socket.on('message', (data, isBinary) => this.receive(data, isBinary));
    socket.on('pong', () => {
      this.alive = true;
    });
    // The socket closes by itself after an error of its protocol, such as a message that is too large.
    socket.on('error', () => undefined);
    socket.once('close', () => this.end());
  }

  get accountId(): string | undefined {
    return this.caller?.accountId;
  }

  /** Takes a verified token: the connection lives as long as it does. */
  authenticate(caller: Caller): void {
    if (this.caller && this.caller.accountId !== caller.accountId) {
      this.send(errorFrame('account_mismatch', 'The token belongs to another account; open another connection for it.'));
      return;
    }
    if (!this.caller && !this.context.admit(caller.accountId)) {
      this.close(CLOSE.tooMany, 'too many connections');
      return;
    }
    this.caller = caller;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(CLOSE.expired, 'token expired'), Math.min(caller.expiresAt - Date.now(), MAX_TIMER_MS));
    this.send(JSON.stringify({ op: 'authenticated', expiresAt: caller.expiresAt }));
  }

  /** Ends a connection whose session is over. */
  endIf(isOver: (caller: Caller) => boolean): void {
    if (this.caller && isOver(this.caller)) this.fail(new InvalidTokenError('session_ended', 'This session is over; sign in again.'));
  }

  /** Ends a connection that hears what its account may hear no longer. */
  endIfDenied(): void {
    if (!this.caller || (this.topics.size === 0 && !this.replays.isRunning)) return;
    if (!this.context.access.mayListen(this.caller, { by: 'token', address: this.address })) this.close(CLOSE.forbidden, 'you may not read this any longer');
  }

  deliver(topic: TopicRef, frame: Buffer): void {
    this.out.deliver(topic, frame);
  }

  /** Tells the client that messages of a topic may be missing. */
  tellGap(name: string): void {
    this.send(JSON.stringify({ op: 'gap', channels: [name] }));
  }

  close(code: number, reason: string): void {
    this.socket.close(code, reason);
  }

  private send(text: string): void {
    this.out.control(text);
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    const message = isBinary ? undefined : parse(data);
    // Requests have an allowance of their own, the same as over HTTP.
    if (message?.op !== 'request' && !this.spend()) return;
    // One after the other: a subscription waits for the authentication before it.
    this.work = this.work.then(() => this.handle(message)).catch((error: unknown) => this.fail(error));
  }

  /** Takes a message from the connection's allowance, which grows with time; without any left the connection ends. */
  private spend(): boolean {
    const now = Date.now();
    this.allowance = Math.min(BURST, this.allowance + (now - this.lastMessage) * MESSAGES_PER_SECOND / 1000) - 1;
    this.lastMessage = now;
    if (this.allowance >= 0) return true;
    this.close(CLOSE.policy, 'too many messages');
    return false;
  }

  private async handle(message: ClientMessage | undefined): Promise<void> {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (!message) {
      this.send(errorFrame('invalid_message', 'Send JSON text with op auth, subscribe, unsubscribe, request, replay, replay_control or ping, and nothing beside its fields.'));
    } else if (message.op === 'auth') {
      this.authenticate(await this.context.verifier.verify(message.token, this.program));
    } else if (message.op === 'ping') {
      this.send('{"op":"pong"}');
    } else if (!this.caller) {
      this.close(CLOSE.unauthorized, 'authenticate first');
    } else if (message.op === 'request') {
      // Not awaited: the next one may come before the answer. They keep their order in the journal all the same.
      void this.request(message, this.caller);
    } else if (message.op === 'replay' || message.op === 'replay_control') {
      await this.replays.handle(message, this.caller);
    } else if (message.op === 'subscribe') {
      await this.subscribe(message.channels, this.caller, message.after);
    } else {
      this.unsubscribe(message.channels);
    }
  }

  private async request(message: RequestMessage, caller: Caller): Promise<void> {
    if (this.underway >= MAX_UNDERWAY) {
      if (this.spend()) this.send(errorFrame('too_many_requests', `A connection may have at most ${MAX_UNDERWAY} requests underway.`, { id: message.id }));
      return;
    }
    this.underway += 1;
    try {
      const { status, text } = await this.context.requests.answer(this, caller, message, this.address);
      // Who goes on although there is nothing left to take is not served for long.
      if (status !== 429 || this.spend()) this.send(text);
    } finally {
      this.underway -= 1;
    }
  }

  private async subscribe(names: readonly string[], caller: Caller, after: Readonly<Record<string, After>> = {}): Promise<void> {
    const { accountId } = caller;
    try {
      this.context.access.admit('read', caller, { by: 'token', address: this.address });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return this.send(errorFrame(error.code, `${error.message} Nothing was subscribed.`));
    }
    const refs = new Map<string, TopicRef>();
    for (const name of names) {
      const ref = topicOf(name, accountId, this.context.catalog);
      if (!ref) return this.send(errorFrame('unknown_channel', 'There is no such channel; nothing was subscribed.', { channel: name }));
      if (!this.topics.has(ref.channel)) refs.set(ref.channel, ref);
    }
    if (this.topics.size + refs.size > MAX_CHANNELS) {
      return this.send(errorFrame('too_many_channels', `A connection may have at most ${MAX_CHANNELS} channels; nothing was subscribed.`));
    }
    for (const ref of refs.values()) this.topics.set(ref.channel, ref);
    const failed = new Set((await Promise.all([...refs.values()].map((ref) => (
      this.join(ref, Object.hasOwn(after, ref.name) ? after[ref.name] : undefined))))).filter((name) => name !== undefined));
    // Sent when the subscriptions stand: nothing that is published from now on is missed.
    const channels = names.filter((name) => !failed.has(name));
    if (channels.length > 0) this.send(JSON.stringify({ op: 'subscribed', channels }));
  }

  /** Joins a topic, which sends its last state; answers the name of one that cannot be joined. */
  private async join(ref: TopicRef, after?: After): Promise<string | undefined> {
    try {
      if (await this.context.hub.join(ref, this, () => this.topics.get(ref.channel) === ref, after)) this.tellGap(ref.name);
      return undefined;
    } catch (error) {
      this.topics.delete(ref.channel);
      if (!(error instanceof StreamUnavailableError)) throw error;
      this.send(errorFrame('stream_unavailable', 'The channel cannot be subscribed at the moment; try again.', { channel: ref.name }));
      return ref.name;
    }
  }

  private unsubscribe(names: readonly string[]): void {
    for (const ref of [...this.topics.values()].filter(({ name }) => names.includes(name))) this.leave(ref);
    this.send(JSON.stringify({ op: 'unsubscribed', channels: names }));
  }

  private leave(ref: TopicRef): void {
    this.topics.delete(ref.channel);
    this.out.forget(ref);
    this.context.hub.leave(ref.channel, this);
  }

  private fail(error: unknown): void {
    if (error instanceof InvalidTokenError) {
      this.send(errorFrame(error.code, error.message));
      this.close(CLOSE.unauthorized, error.code);
    } else if (error instanceof KeysUnavailableError) {
      this.send(errorFrame('keys_unavailable', 'Tokens cannot be verified at the moment; try again.'));
    } else {
      this.send(errorFrame('internal_error', 'Something went wrong here.'));
      this.close(1011, 'internal error');
    }
  }

  private end(): void {
    clearTimeout(this.timer);
    this.replays.end();
    for (const ref of [...this.topics.values()]) this.leave(ref);
  }
}

function parse(data: RawData): ClientMessage | undefined {
  try {
    return clientMessage.safeParse(JSON.parse(String(data))).data;
  } catch {
    return undefined;
  }
}
