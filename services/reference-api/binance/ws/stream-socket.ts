import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { mayListen } from './api-socket';
import { namedReader, type Reader } from './feed';
import type { Feeds } from './feeds';
import { FacadeSocket } from './socket';
import type { UserFeeds } from './user-feeds';
import type { AccessControl } from '../../access/access-control';
import type { Members } from '../../access/members';
import type { ListenKeys } from '../listen-keys';

/** Most streams of one connection. */
const MOST_STREAMS = 200;

const id = z.union([z.string().max(64), z.int(), z.null()]).optional();
const message = z.object({
  method: z.string(), id, params: z.array(z.unknown()).max(MOST_STREAMS).optional(),
});

export interface StreamSocketContext {
  readonly feeds: Feeds;
  readonly users: UserFeeds;
  readonly listenKeys: ListenKeys;
  readonly access: AccessControl;
  readonly members: Members;
}

/** A socket of `/ws` or `/stream`: streams of the market, and of accounts whose listen key its client knows. */
export class StreamSocket extends FacadeSocket {
  private readonly streams = new Set<string>();
  /** Account by listen key, with what reads it: the name in messages is the key's. */
  private readonly accounts = new Map<string, { readonly accountId: string; readonly reader: Reader }>();
  private wrapped: boolean;
  private plain: Reader;
  private work: Promise<void> = Promise.resolve();

  /** @param initial streams that its address names */
  constructor(
    socket: WebSocket, stream: Duplex, address: string | undefined, private readonly context: StreamSocketContext,
    wrapped: boolean, initial: readonly string[],
  ) {
    super(socket, stream, address);
    this.wrapped = wrapped;
    this.plain = this.reader(wrapped);
    this.work = this.subscribe(initial).then(() => undefined, () => undefined);
  }

  async check(): Promise<void> {
    for (const [listenKey, { accountId }] of this.accounts) {
      if (await this.context.listenKeys.accountOf(listenKey) === accountId && await mayListen(this.context, accountId, this.address)) continue;
      this.leave(listenKey);
      const event = { e: 'listenKeyExpired', E: Date.now(), listenKey };
      this.send(this.wrapped ? { stream: listenKey, data: event } : event);
    }
  }

  hears(accountId: string): boolean {
    return [...this.accounts.values()].some((one) => one.accountId === accountId);
  }

  protected receive(given: unknown): void {
    if (!this.spend()) return;
    // One after the other: what is listed is what was subscribed before.
    this.work = this.work.then(() => this.handle(given)).catch(() => this.refuse(null, 1, 'The stream is not available at the moment.'));
  }

  protected end(): void {
    for (const name of [...this.streams, ...this.accounts.keys()]) this.leave(name);
  }

  private async handle(given: unknown): Promise<void> {
    const parsed = message.safeParse(given);
    if (!parsed.success) return this.refuse(null, 2, 'Invalid request: expected an object with method, params and id.');
    const { method, id: given_, params = [] } = parsed.data;
    const own = given_ ?? null;
    if (method === 'LIST_SUBSCRIPTIONS') return this.send({ result: [...this.streams, ...this.accounts.keys()], id: own });
    if (method === 'SET_PROPERTY') return this.setProperty(own, params);
    if (method === 'GET_PROPERTY') return params[0] === 'combined' ? this.send({ result: this.wrapped, id: own }) : this.refuse(own, 0, 'Unknown property');
    if (method !== 'SUBSCRIBE' && method !== 'UNSUBSCRIBE') return this.refuse(own, 2, `Invalid request: unknown variant ${JSON.stringify(method.slice(0, 40))}.`);
    if (!params.every((one): one is string => typeof one === 'string')) return this.refuse(own, 2, 'Invalid request: params are names of streams.');
    if (method === 'UNSUBSCRIBE') {
      for (const name of params) this.leave(name);
      return this.send({ result: null, id: own });
    }
    const unknown = await this.subscribe(params);
    return unknown === undefined ? this.send({ result: null, id: own }) : this.refuse(own, 2, `Invalid request: there is no stream ${JSON.stringify(unknown.slice(0, 80))}.`);
  }

  private setProperty(own: string | number | null, [name, value]: readonly unknown[]): void {
    if (name !== 'combined' || typeof value !== 'boolean') return this.refuse(own, 0, 'Unknown property');
    if (this.streams.size + this.accounts.size > 0) return this.refuse(own, 2, 'Invalid request: set it before the first subscription.');
    this.wrapped = value;
    this.plain = this.reader(value);
    this.send({ result: null, id: own });
  }

  /** Subscribes all of them or none. @returns one that does not exist, or is too many */
  private async subscribe(names: readonly string[]): Promise<string | undefined> {
    const { feeds, users, listenKeys } = this.context;
    const fresh = [...new Set(names)].filter((name) => !this.streams.has(name) && !this.accounts.has(name));
    if (this.streams.size + this.accounts.size + fresh.length > MOST_STREAMS) return 'more than 200';
    const market = fresh.filter((name) => feeds.has(name));
    const keys: [string, string][] = [];
    for (const name of fresh.filter((one) => !feeds.has(one))) {
      const accountId = await listenKeys.accountOf(name);
      if (accountId === undefined || !await mayListen(this.context, accountId, this.address)) return name;
      keys.push([name, accountId]);
    }
    for (const name of market) {
      this.streams.add(name);
      await feeds.join(name, this.plain);
    }
    for (const [name, accountId] of keys) {
      const reader = this.userReader(name);
      this.accounts.set(name, { accountId, reader });
      await users.join(accountId, reader);
    }
    // A rule may have changed while we were at it.
    if (keys.length > 0) await this.check();
    // Gone while we were at it.
    if (this.socket.readyState !== this.socket.OPEN) this.end();
    return undefined;
  }

  /** An account's feed has a name of its own, which must not be shown. */
  private userReader(listenKey: string): Reader {
    if (!this.wrapped) return this.reader(false);
    const { out } = this;
    return namedReader(out, `{"stream":"${listenKey}","data":`);
  }

  private leave(name: string): void {
    const account = this.accounts.get(name);
    if (account) {
      this.accounts.delete(name);
      this.context.users.leave(account.accountId, account.reader);
    } else if (this.streams.delete(name)) {
      this.context.feeds.leave(name, this.plain);
    }
  }

  private refuse(own: string | number | null, code: number, msg: string): void {
    this.send({ error: { code, msg }, id: own });
  }
}
