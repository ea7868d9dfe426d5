import type { TradeParty, TradeRecord } from '../../adapters/trade-stream/trade-record';
import { ordersChannel, tickerChannel, tradesChannel } from '../../domain';
import { nameOf } from '../channels';

/** A message as clients get it, by the channel that it belongs to. */
export interface ChannelMessage {
  readonly channel: string;
  readonly text: string;
}

/** What is to be told of trades, in their order: each trade, both parties' fills, and of each symbol's last price the last one. */
export function messagesOf(trades: readonly TradeRecord[]): ChannelMessage[] {
  const messages: ChannelMessage[] = [];
  const last = new Map<string, TradeRecord>();
  for (const trade of trades) {
    const { tradeId, symbol, time, price, quantity, takerSide } = trade;
    messages.push(message(tradesChannel(symbol), { tradeId, symbol, time, price, quantity, takerSide }));
    for (const liquidity of ['maker', 'taker'] as const) {
      messages.push(message(ordersChannel(trade[liquidity].accountId), fillOf(trade, trade[liquidity], liquidity)));
    }
    last.set(symbol, trade);
  }
  for (const { symbol, price: lastPrice, time } of last.values()) messages.push(message(tickerChannel(symbol), { symbol, lastPrice, time }));
  return messages;
}

function fillOf({ tradeId, seq, time, symbol, price, quantity }: TradeRecord, party: TradeParty, liquidity: 'maker' | 'taker'): object {
  const { orderId, side, remaining, fee, feeAsset } = party;
  return { event: 'fill', tradeId, seq, time, orderId, symbol, side, remaining, fill: { price, quantity, liquidity, fee, feeAsset } };
}

function message(channel: string, data: object): ChannelMessage {
  return { channel, text: JSON.stringify({ channel: nameOf(channel), data }) };
}
