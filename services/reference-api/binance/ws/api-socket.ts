import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { namedReader, type Reader } from './feed';
import { FacadeSocket } from './socket';
import type { UserFeeds } from './user-feeds';
import type { AccessControl } from '../../access/access-control';
import type { Members } from '../../access/members';
import type { ApiKeys } from '../../auth/api-keys';
import type { Turns } from '../../orders/turns';
import { BinanceError } from '../errors';
import type { Facade, FacadeAsk } from '../facade';
import { Params } from '../params';
import { signedParams } from '../signature';

const NO_TURN = { ready: undefined, done: () => undefined };
/** Requests of one connection that are underway at once. */
const MOST_UNDERWAY = 1_000;
/** Accounts' streams that one connection may have. */
const MOST_SUBSCRIPTIONS = 20;

const request = z.object({
  id: z.union([z.string().max(64), z.int(), z.null()]).optional(),
  method: z.string().max(64),
  params: z.record(z.string().max(64), z.unknown()).optional(),
});
type Request = z.output<typeof request>;

interface Subscription {
  readonly accountId: string;
  readonly apiKey: string;
  readonly reader: Reader;
}

export interface ApiSocketContext {
  readonly facade: Facade;
  readonly keys: ApiKeys;
  readonly access: AccessControl;
  readonly members: Members;
  readonly turns: Turns;
  readonly users: UserFeeds;
}

/** Whether an account's events may be heard from an address, by API keys or by what was got with one. */
export async function mayListen({ access, members }: Pick<ApiSocketContext, 'access' | 'members'>, accountId: string, address?: string): Promise<boolean> {
  return access.mayListen({ accountId, groups: await members.groupsOf(accountId) }, { by: 'api_key', address });
}

/** A socket of `/ws-api/v3`: requests, each with its own signature, and the events of the accounts that it subscribes to. */
export class ApiSocket extends FacadeSocket {
  private readonly subscriptions = new Map<number, Subscription>();
  private nextSubscription = 0;
  private underway = 0;

  constructor(socket: WebSocket, stream: Duplex, address: string | undefined, private readonly context: ApiSocketContext) {
    super(socket, stream, address);
  }

  /** Who deleted the key does not want its events to be heard any longer, and operators may not either. */
  async check(): Promise<void> {
    for (const [number, { apiKey, accountId }] of this.subscriptions) {
      const key = await this.context.keys.find(apiKey).catch(() => ({ facts: { accountId } }));
      if (key?.facts.accountId !== accountId || !await mayListen(this.context, accountId, this.address)) this.leave(number);
    }
  }

  hears(accountId: string): boolean {
    return [...this.subscriptions.values()].some((one) => one.accountId === accountId);
  }

  protected receive(given: unknown): void {
    const parsed = request.safeParse(given);
    if (!parsed.success) {
      if (this.spend()) this.send({ id: null, status: 400, error: { code: -1135, msg: 'Invalid JSON Request' } });
      return;
    }
    if (this.underway >= MOST_UNDERWAY) {
      if (this.spend()) this.answer(parsed.data, 429, { code: -1003, msg: 'Too many requests are underway on this connection.' });
      return;
    }
    this.underway += 1;
    void this.handle(parsed.data).finally(() => { this.underway -= 1; });
  }

  protected end(): void {
    for (const number of [...this.subscriptions.keys()]) this.leave(number);
  }

  private async handle(asked: Request): Promise<void> {
    const { method, params = {} } = asked;
    const { facade, turns } = this.context;
    if (method.startsWith('userDataStream.') && method !== 'userDataStream.start' && method !== 'userDataStream.ping' && method !== 'userDataStream.stop') {
      return this.subscription(asked, params);
    }
    const operation = facade.ofWs(method);
    if (!operation) {
      const msg = method.startsWith('session.') ? 'Sessions need an Ed25519 key; sign each request instead.' : 'Unknown method.';
      if (this.spend()) this.answer(asked, 400, { code: -1000, msg });
      return;
    }
    const turn = operation.scope === 'trade' ? turns.take(this) : NO_TURN;
    try {
      const { status, body } = await facade.answer(operation, () => ({ ...this.ask(params), turn }));
      // Who goes on although there is nothing left to take is not served for long.
      if (status !== 429 || this.spend()) this.answer(asked, status, body);
    } finally {
      turn.done();
    }
  }

  private ask(params: Readonly<Record<string, unknown>>): Omit<FacadeAsk, 'turn'> {
    return {
      params: Params.ofObject(params), apiKey: typeof params.apiKey === 'string' ? params.apiKey : undefined, signedText: () => signedParams(params), address: this.address,
    };
  }

  private async subscription(asked: Request, params: Readonly<Record<string, unknown>>): Promise<void> {
    const { facade, users } = this.context;
    if (!this.spend()) return;
    try {
      if (asked.method === 'userDataStream.unsubscribe') {
        const one = typeof params.subscriptionId === 'number' ? [params.subscriptionId] : [...this.subscriptions.keys()];
        for (const number of one) this.leave(number);
        return this.answer(asked, 200, {});
      }
      if (asked.method !== 'userDataStream.subscribe.signature') throw new BinanceError(-1000, 'Use userDataStream.subscribe.signature.');
      const ask = this.ask(params);
      const [{ accountId }] = await facade.authenticate({ scope: 'read', rate: 'read' }, ask);
      if (this.subscriptions.size >= MOST_SUBSCRIPTIONS) throw new BinanceError(-1003, 'Too many subscriptions on this connection.', 429);
      const number = this.nextSubscription++;
      const reader = namedReader(this.out, `{"subscriptionId":${number},"event":`);
      this.subscriptions.set(number, { accountId, apiKey: ask.apiKey!, reader });
      await users.join(accountId, reader);
      if (this.socket.readyState !== this.socket.OPEN) return this.end();
      this.answer(asked, 200, { subscriptionId: number });
    } catch (error) {
      const { status, body } = facade.failed(error);
      this.answer(asked, status, body);
    }
  }

  private leave(number: number): void {
    const subscription = this.subscriptions.get(number);
    if (!subscription) return;
    this.subscriptions.delete(number);
    this.context.users.leave(subscription.accountId, subscription.reader);
  }

  private answer({ id = null }: Request, status: number, body: unknown): void {
    this.send(status === 200 ? { id, status, result: body, rateLimits: [] } : { id, status, error: body, rateLimits: [] });
  }
}
