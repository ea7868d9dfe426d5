import type { TradeRecord } from '../../adapters/trade-stream/trade-record';
import type { Logger } from '../../runtime';
import { isPrivate } from '../channels';
import type { ConnectionTable } from '../connection-table';
import { messagesOf } from './messages';

/** Sends a message to a connection. */
export type Post = (connectionId: string, text: string) => Promise<'sent' | 'gone'>;

/** Connections that are told at once. */
const AT_ONCE = 64;

/**
 * Tells listeners about trades. What cannot be delivered is dropped: a client that was told twice knows by the trade's id, one that
 * missed something asks the REST API. Only when the table cannot be read, the batch comes again.
 */
export class Publisher {
  constructor(private readonly connections: ConnectionTable, private readonly post: Post, private readonly logger: Pick<Logger, 'warn' | 'info'>) {}

  async publish(trades: readonly TradeRecord[]): Promise<void> {
    const byConnection = new Map<string, string[]>();
    const listeners = new Map<string, Promise<string[]>>();
    for (const { channel, text } of messagesOf(trades)) {
      let ids = listeners.get(channel);
      if (!ids) listeners.set(channel, ids = this.listenersOf(channel));
      for (const id of await ids) {
        const texts = byConnection.get(id);
        if (texts) texts.push(text);
        else byConnection.set(id, [text]);
      }
    }
    const all = [...byConnection];
    let dropped = 0;
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const lost = await Promise.all(all.slice(from, from + AT_ONCE).map(([id, texts]) => this.tell(id, texts)));
      dropped += lost.reduce((sum, count) => sum + count, 0);
    }
    this.logger.info({ trades: trades.length, connections: all.length, dropped }, 'published');
  }

  /** Fills go to their account for as long as its token was good; who wants to hear on connects with a new one. */
  private async listenersOf(channel: string): Promise<string[]> {
    const ids = await this.connections.listeners(channel);
    if (!isPrivate(channel)) return ids;
    const known = await Promise.all(ids.map((id) => this.connections.find(id)));
    return known.flatMap((one) => (one && one.authorizedUntil > Date.now() ? [one.connectionId] : []));
  }

  /** One after the other, so that a client gets them in their order. @returns how many were not delivered */
  private async tell(connectionId: string, texts: readonly string[]): Promise<number> {
    for (const [i, text] of texts.entries()) {
      try {
        if (await this.post(connectionId, text) === 'sent') continue;
        await this.connections.remove(connectionId);
      } catch (error) {
        this.logger.warn({ connectionId, reason: String(error) }, 'a connection could not be told');
      }
      return texts.length - i;
    }
    return 0;
  }
}
