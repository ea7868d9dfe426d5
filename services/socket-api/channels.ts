import { ordersChannel, tickerChannel, tradesChannel } from '../domain';

/** Most channels of one connection. */
export const MAX_CHANNELS = 50;

/** Channels that belong to one account: who listens must still be who they said they were. */
export const isPrivate = (channel: string): boolean => channel.startsWith(ordersChannel(''));

/** The channel that a client means, by its own name for it; undefined when there is none such. */
export function channelOf(name: string, accountId: string): string | undefined {
  if (name === 'orders') return ordersChannel(accountId);
  const [, kind, symbol] = /^(ticker|trades)\.([A-Z0-9]{2,16})$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  return kind === 'ticker' ? tickerChannel(symbol) : tradesChannel(symbol);
}

/** What clients call a channel. */
export function nameOf(channel: string): string {
  return isPrivate(channel) ? 'orders' : channel;
}
