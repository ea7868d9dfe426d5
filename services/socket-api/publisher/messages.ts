import type { TradeParty, TradeRecord } from '../../adapters/trade-stream/trade-record';
import { ordersChannel, tickerChannel, tradesChannel } from '../../domain';
import { nameOf } from '../channels';

/** Something to tell, as JSON, by the channel that it belongs to. */
export interface ChannelMessage {
  readonly channel: string;
  readonly data: string;
}

/** API Gateway takes 128 KB at a time. */
const MAX_TEXT = 100_000;

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
  return { channel, data: JSON.stringify(data) };
}

/**
 * What a connection gets: one text for everything that a channel has to say, a list when it is more than one thing. Each text is a request
 * to API Gateway and a wait for its answer, so a client that trades a lot would fall behind otherwise.
 */
export function textsOf(messages: readonly ChannelMessage[], maxText = MAX_TEXT): string[] {
  const byChannel = new Map<string, string[]>();
  for (const { channel, data } of messages) {
    const said = byChannel.get(channel);
    if (said) said.push(data);
    else byChannel.set(channel, [data]);
  }
  return [...byChannel].flatMap(([channel, all]) => partsOf(all, maxText).map((part) => (
    `{"channel":${JSON.stringify(nameOf(channel))},"data":${part.length === 1 ? part[0] : `[${part.join(',')}]`}}`)));
}

function partsOf(all: readonly string[], maxText: number): string[][] {
  const parts: string[][] = [];
  let size = Infinity;
  for (const data of all) {
    if (size + data.length > maxText) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(data);
    size += data.length + 1;
  }
  return parts;
}
