import type { Side } from '../../domain';

/** One side of a trade in the trade stream. */
export interface TradeParty {
  readonly accountId: string;
  readonly orderId: string;
  readonly side: Side;
  /** What is still open of the order, as a decimal; `0` for an order by budget, too. */
  readonly remaining: string;
  /** What the account paid of what it received, as a decimal. */
  readonly fee: string;
  readonly feeAsset: string;
}

/** A trade as the trade stream and the files made of it have it. A trade may come twice: `tradeId` tells. Prices and amounts are decimals. */
export interface TradeRecord {
  /** Partition and sequence of the event. */
  readonly tradeId: string;
  readonly partition: number;
  readonly seq: number;
  readonly symbol: string;
  /** ISO 8601, by the core's clock. */
  readonly time: string;
  readonly price: string;
  readonly quantity: string;
  readonly quoteAmount: string;
  readonly takerSide: Side;
  readonly maker: TradeParty;
  readonly taker: TradeParty;
}

/** Documents of one record of the stream, one a line. */
export function encodeTrades(trades: readonly TradeRecord[]): Buffer {
  return Buffer.from(trades.map((trade) => JSON.stringify(trade)).join('\n'));
}

/** @throws SyntaxError when the data is not what `encodeTrades` made */
export function decodeTrades(data: Uint8Array): TradeRecord[] {
  return Buffer.from(data).toString('utf8').split('\n').map((line) => JSON.parse(line) as TradeRecord);
}
