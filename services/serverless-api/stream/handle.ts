import { z } from 'zod';
import type { ConnectionTable } from '../../adapters/connections/connection-table';
import type { Logger } from '../../runtime';

/** What API Gateway hands over, of all kinds of events as far as they are looked at. */
export interface SocketEvent {
  readonly type?: string;
  readonly methodArn?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | null;
  readonly requestContext: {
    readonly routeKey?: string;
    readonly connectionId?: string;
    readonly authorizer?: Readonly<Record<string, unknown>> | null;
  };
}

export interface SocketOptions {
  readonly connections: Pick<ConnectionTable, 'add' | 'remove' | 'subscribe'>;
  readonly symbols: readonly string[];
  /** Account of a token; throws when it is not good. */
  readonly verify: (token: string) => Promise<string>;
  readonly logger: Logger;
}

const subscription = z.strictObject({ op: z.literal('subscribe'), channels: z.array(z.string()).min(1).max(20) });

/** Lets clients in and notes what they listen to. */
export class SocketHandler {
  private readonly channels: ReadonlySet<string>;

  constructor(private readonly options: SocketOptions) {
    this.channels = new Set(options.symbols.map((symbol) => `ticker.${symbol}`));
  }

  async handle(event: SocketEvent): Promise<object> {
    if (event.type === 'REQUEST') return this.authorize(event);
    const { routeKey, connectionId = '', authorizer } = event.requestContext;
    if (routeKey === '$connect') await this.options.connections.add({ connectionId, accountId: String(authorizer?.userId ?? '') });
    else if (routeKey === '$disconnect') await this.options.connections.remove(connectionId);
    else if (routeKey === 'subscribe') return this.subscribe(connectionId, event.body ?? '');
    return { statusCode: 200 };
  }

  /** Browsers can send a token in one header only: that of the protocol, which then has to be answered. */
  private async authorize(event: SocketEvent): Promise<object> {
    const header = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol')?.[1];
    const userId = header === undefined ? undefined : await this.options.verify(header).catch((error: Error) => {
      this.options.logger.info({ reason: error.message }, 'a client was refused');
      return undefined;
    });
    return {
      principalId: userId ?? 'nobody',
      policyDocument: { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect: userId === undefined ? 'Deny' : 'Allow', Resource: event.methodArn }] },
      context: userId === undefined ? {} : { userId },
    };
  }

  private async subscribe(connectionId: string, body: string): Promise<object> {
    const parsed = subscription.safeParse(jsonOf(body));
    if (!parsed.success) return { statusCode: 400 };
    const { channels } = parsed.data;
    if (channels.some((channel) => !this.channels.has(channel))) return { statusCode: 404 };
    await this.options.connections.subscribe(connectionId, channels);
    return { statusCode: 200 };
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
