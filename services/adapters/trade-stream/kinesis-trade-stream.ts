import { setTimeout as sleep } from 'node:timers/promises';
import { type KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { encodeTrades, type TradeRecord } from './trade-record';

/** Most trades in a record: about 250 KiB of the 1 MiB that one may have. */
const TRADES_PER_RECORD = 500;
/** A request may have 500 records and 5 MiB. */
const RECORDS_PER_REQUEST = 16;
const ATTEMPTS = 5;

/** Writes trades to a Kinesis stream: those of one symbol in records under the symbol as partition key, so that they keep their order. */
export class KinesisTradeStream {
  constructor(private readonly client: Pick<KinesisClient, 'send'>, private readonly stream: string) {}

  /** @throws Error when the stream does not have all of them; some may be there, and come again with the next attempt */
  async write(trades: readonly TradeRecord[]): Promise<void> {
    const records = recordsOf(trades);
    for (let from = 0; from < records.length; from += RECORDS_PER_REQUEST) await this.put(records.slice(from, from + RECORDS_PER_REQUEST));
  }

  private async put(records: PutRecordsRequestEntry[]): Promise<void> {
    let left = records;
    for (let attempt = 1; ; attempt++) {
      const { Records: results = [] } = await this.client.send(new PutRecordsCommand({ StreamName: this.stream, Records: left }));
      const refused = results.findIndex(({ ErrorCode }) => ErrorCode !== undefined);
      if (refused < 0) return;
      if (attempt === ATTEMPTS) throw new Error(`the trade stream refused a record ${ATTEMPTS} times: ${results[refused].ErrorCode} ${results[refused].ErrorMessage ?? ''}`);
      // From the first that was refused on, so that nothing newer of a symbol stands before something older for good.
      left = left.slice(refused);
      await sleep(Math.random() * 100 * 2 ** attempt);
    }
  }
}

function recordsOf(trades: readonly TradeRecord[]): PutRecordsRequestEntry[] {
  const bySymbol = new Map<string, TradeRecord[]>();
  for (const trade of trades) {
    const same = bySymbol.get(trade.symbol);
    if (same) same.push(trade);
    else bySymbol.set(trade.symbol, [trade]);
  }
  const records: PutRecordsRequestEntry[] = [];
  for (const [symbol, all] of bySymbol) {
    for (let from = 0; from < all.length; from += TRADES_PER_RECORD) {
      records.push({ PartitionKey: symbol, Data: encodeTrades(all.slice(from, from + TRADES_PER_RECORD)) });
    }
  }
  return records;
}
