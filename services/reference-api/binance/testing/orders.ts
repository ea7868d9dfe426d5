import type { BookView } from '../../../domain';
import type { LedgerOrder } from '../../ledger/ledger-reader';
import { ALICE, type Task } from '../../testing/harness';

export const LIMIT = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.5', price: '30000' };

export const BOOK: BookView = {
  symbol: 'BTCUSDT', seq: 42, time: 5_000, bids: [['30000', '1.5'], ['29999', '1']], asks: [['30001', '2'], ['30002', '3']],
};

/** Puts an open order of an account into the ledger. */
export function ledgerOrder(task: Task, orderId: string, more: Partial<LedgerOrder> = {}, accountId = ALICE): void {
  task.ledger.known.set(orderId, { accountId, symbol: 'BTCUSDT' });
  task.ledger.rows = [...task.ledger.rows, {
    orderId, clientOrderId: 'mine', symbol: 'BTCUSDT', side: 'buy', type: 'limit', timeInForce: 'gtc', postOnly: false, selfTradePrevention: 'none',
    priceTicks: 300_000, triggerTicks: 0, quantityLots: 10, quoteBudget: 0, listId: null, remainingLots: 10, filledLots: 0, filledQuote: 0,
    triggered: true, status: 'open', reason: null, createdSeq: 1, createdAt: new Date(1), updatedAt: new Date(2), ...more,
  }];
}
