import type { JournalWriter } from '../../adapters/journal/journal';
import { KinesisJournalWriter } from '../../adapters/journal/kinesis-writer';
import { encodeCommand, encodeCommandBatch, newOrderId, type Command, type InstrumentSpec } from '../../domain';

export const BTC: InstrumentSpec = {
  symbol: 'BTCUSDT', base: { code: 'BTC', decimals: 8 }, quote: { code: 'USDT', decimals: 6 }, tickSize: '0.1', lotSize: '0.0001', version: 1,
};
export const ALICE = 'aaaaaaaa-0000-4000-8000-000000000001';
export const BOB = 'bbbbbbbb-0000-4000-8000-000000000002';

/** Appends what the API and the setup would append. */
export class TestClient {
  private readonly writer: JournalWriter;

  /** @param journal name of a stream, or any other journal */
  constructor(journal: string | JournalWriter) {
    this.writer = typeof journal === 'string' ? new KinesisJournalWriter({ stream: journal }) : journal;
  }

  append(...commands: Command[]): Promise<string> {
    return this.writer.append(0, encodeCommandBatch(0, commands.map(encodeCommand)));
  }

  /** An instrument and funds: five events. */
  async open(): Promise<void> {
    const funds = (accountId: string, asset: string): Command => (
      { type: 'deposit', time: Date.now(), depositId: newOrderId(), accountId, asset, amount: 10 ** 12 });
    await this.append({ type: 'configure_instrument', time: Date.now(), instrument: BTC });
    await this.append(funds(ALICE, 'USDT'), funds(ALICE, 'BTC'), funds(BOB, 'USDT'), funds(BOB, 'BTC'));
  }

  order(accountId: string, side: 'buy' | 'sell', priceTicks: number, quantityLots: number): Extract<Command, { type: 'place_order' }> {
    const orderId = newOrderId();
    return {
      type: 'place_order', time: Date.now(), orderId, accountId, clientOrderId: orderId, digest: orderId.replaceAll('-', ''), symbol: BTC.symbol,
      side, orderType: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none', priceTicks, triggerTicks: 0, quantityLots, quoteBudget: 0,
    };
  }

  /** Two orders that meet: an acceptance, another, and a trade. */
  pair(priceTicks = 300_000): Command[] {
    return [this.order(ALICE, 'sell', priceTicks, 5), this.order(BOB, 'buy', priceTicks, 5)];
  }

  close(): Promise<void> {
    return this.writer.close();
  }
}
