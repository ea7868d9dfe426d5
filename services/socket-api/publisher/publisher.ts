import { type ChannelMessage, messagesOf, textsOf } from './messages';
import type { ConnectionPost } from '../../adapters/connections/connection-post';
import type { ConnectionTable } from '../../adapters/connections/connection-table';
import type { TradeRecord } from '../../adapters/trade-stream/trade-record';
import type { Logger } from '../../runtime';
import { isPrivate } from '../channels';

/** Connections that are told at once. */
const AT_ONCE = 64;

/**
 * Tells listeners about trades. What cannot be delivered is dropped: a client that was told twice knows by the trade's id, one that
 * missed something asks the REST API. Only when the table cannot be read, the batch comes again.
 */
export class Publisher {
  constructor(private readonly connections: ConnectionTable, private readonly post: ConnectionPost, private readonly logger: Pick<Logger, 'warn' | 'info'>) {}

  async publish(trades: readonly TradeRecord[]): Promise<void> {
    const byConnection = new Map<string, ChannelMessage[]>();
    const listeners = new Map<string, Promise<string[]>>();
    for (const message of messagesOf(trades)) {
      const { channel } = message;
      let ids = listeners.get(channel);
      if (!ids) listeners.set(channel, ids = this.listenersOf(channel));
      for (const id of await ids) {
        const messages = byConnection.get(id);
        if (messages) messages.push(message);
        else byConnection.set(id, [message]);
      }
    }
    const all = [...byConnection];
    let dropped = 0;
    for (let from = 0; from < all.length; from += AT_ONCE) {
      const lost = await Promise.all(all.slice(from, from + AT_ONCE).map(([id, messages]) => this.tell(id, textsOf(messages))));
      dropped += lost.reduce((sum, count) => sum + count, 0);
    }
    this.logger.info({ trades: trades.length, connections: all.length, dropped }, 'published');
  }

  /** Fills go to their account for as long as its token was good; who wants to hear on connects with a new one. */
  private async listenersOf(channel: string): Promise<string[]> {
    const ids = await this.connections.listeners(channel);
    if (!isPrivate(channel)) return ids;
    const known = await Promise.all(ids.map((id) => this.connections.find(id)));
    return known.flatMap((one) => (one && (one.authorizedUntil ?? 0) > Date.now() ? [one.connectionId] : []));
  }

  /** One after the other, so that a client gets what a channel says in its order. @returns how many were not delivered */
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
