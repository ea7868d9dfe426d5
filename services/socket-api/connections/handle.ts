import { z } from 'zod';
import type { ConnectionTable } from '../../adapters/connections/connection-table';
import { channelOf, MAX_CHANNELS } from '../channels';
import { PROTOCOL, type SocketAnswer, type SocketEvent } from '../events';
import type { SessionTable } from './session-table';

const message = z.strictObject({
  op: z.enum(['subscribe', 'unsubscribe']),
  channels: z.array(z.string().max(64)).min(1).max(MAX_CHANNELS),
});

/** Notes who comes and goes, and what they listen to. */
export class ConnectionHandler {
  constructor(private readonly connections: ConnectionTable, private readonly sessions?: SessionTable) {}

  async handle(event: SocketEvent): Promise<SocketAnswer> {
    const { routeKey, connectionId } = event.requestContext;
    if (routeKey === '$connect') return this.connect(event);
    if (routeKey === '$disconnect') {
      await Promise.all([this.connections.remove(connectionId), this.sessions?.end(connectionId)]);
      return { statusCode: 200 };
    }
    return this.change(event);
  }

  private async connect({ requestContext: { connectionId, authorizer, identity } }: SocketEvent): Promise<SocketAnswer> {
    const { accountId, expiresAt } = authorizer ?? {};
    if (typeof accountId !== 'string' || !Number.isFinite(Number(expiresAt))) throw new Error('the authorizer said nothing of who connects');
    const connection = { connectionId, accountId, authorizedUntil: Number(expiresAt) };
    await Promise.all([this.connections.add(connection), this.sessions?.begin(connection, identity?.sourceIp ?? 'unknown')]);
    return { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': PROTOCOL } };
  }

  private async change({ body, requestContext: { connectionId } }: SocketEvent): Promise<SocketAnswer> {
    const parsed = message.safeParse(jsonOf(body ?? ''));
    if (!parsed.success) return refused('invalid_message', `A message is {"op":"subscribe" or "unsubscribe","channels":[1 to ${MAX_CHANNELS} names]}.`);
    const { op, channels: names } = parsed.data;
    const connection = await this.connections.find(connectionId);
    if (!connection) return refused('unknown_connection', 'This connection is not known any more; connect again.');
    const channels = names.map((name) => channelOf(name, connection.accountId));
    const wrong = names.find((_, i) => channels[i] === undefined);
    if (wrong !== undefined) return refused('unknown_channel', `There is no channel ${JSON.stringify(wrong)}; there are orders, ticker.<symbol> and trades.<symbol>.`);
    return op === 'subscribe' ? this.subscribe(connectionId, names, channels as string[]) : this.unsubscribe(connectionId, names, channels as string[]);
  }

  private async subscribe(connectionId: string, names: readonly string[], channels: readonly string[]): Promise<SocketAnswer> {
    const all = new Set([...await this.connections.channelsOf(connectionId), ...channels]);
    if (all.size > MAX_CHANNELS) return refused('too_many_channels', `A connection listens to ${MAX_CHANNELS} channels at most.`);
    await this.connections.subscribe(connectionId, channels);
    return { statusCode: 200, body: JSON.stringify({ op: 'subscribed', channels: names }) };
  }

  private async unsubscribe(connectionId: string, names: readonly string[], channels: readonly string[]): Promise<SocketAnswer> {
    await this.connections.unsubscribe(connectionId, channels);
    return { statusCode: 200, body: JSON.stringify({ op: 'unsubscribed', channels: names }) };
  }
}

function refused(code: string, text: string): SocketAnswer {
  return { statusCode: 400, body: JSON.stringify({ op: 'error', code, message: text }) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
