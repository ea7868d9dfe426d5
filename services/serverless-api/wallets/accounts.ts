import { openWallet, type Trade, trade, type TradeOrder, type Wallet } from './wallet';
import type { WalletStore } from './wallet-store';
import { type Instrument, parseDecimal } from '../../domain';
import { stageBegins, stageEnds, stageOf } from '../../runtime';
import { ApiError, unavailable } from '../http/api-error';
import type { Instruments } from '../instruments';
import type { Price } from '../money';

/** Times that a trade is tried again because another one of the same account came first. */
const ATTEMPTS = 8;

/** What came of a trade that was asked for. */
export interface TradeOutcome {
  readonly trade: Trade;
  /** Whether this request made it; false for the repetition of an earlier one. */
  readonly isNew: boolean;
  /** The wallet as it is afterwards. */
  readonly wallet: Wallet;
}

/** Accounts and what they trade, each trade exactly once. */
export class Accounts {
  constructor(private readonly store: WalletStore, private readonly instruments: Instruments, private readonly startBalance: string) {}

  /** The wallet of an account, which is opened with play money when it has none. */
  async wallet(userId: string): Promise<Wallet> {
    const there = await this.store.read(userId);
    if (there) return there;
    await this.store.open(userId, openWallet(this.instruments, this.startBalance));
    const opened = await this.store.read(userId);
    if (!opened) throw new Error('a wallet that was just opened is not there');
    return opened;
  }

  /**
   * Trades at a price, once per client's id.
   *
   * @throws ApiError 422 when the account does not own enough, or when the id was used for something else
   */
  async trade(
    userId: string, instrument: Instrument, order: TradeOrder, price: Price, valueOf: (balances: Wallet['balances']) => string | undefined,
  ): Promise<TradeOutcome> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const wallet = await stageOf('balance', () => this.wallet(userId));
      // In this order: every trade but the wallet's last one has its items, so what neither knows has not happened before this version.
      const earlier = wallet.last?.clientTradeId === order.clientTradeId ? wallet.last : await this.store.tradeOf(userId, order.clientTradeId);
      if (wallet.last) await this.completeOnce(userId, wallet.last);
      if (earlier) return { trade: sameTrade(earlier, instrument, order), isNew: false, wallet };
      const began = stageBegins();
      const next = trade(wallet, instrument, order, price, valueOf);
      stageEnds('match', began);
      if (await stageOf('commit', () => this.store.commit(userId, next))) {
        // It has happened. Should this fail, the next request of the account does it.
        await this.store.complete(userId, next.last).catch(() => undefined);
        return { trade: next.last, isNew: true, wallet: next };
      }
    }
    throw unavailable('account_busy', 'The account trades too much at once; nothing was done. Try again.');
  }

  /** Trades of an account, newest first, the one whose items do not exist yet included. */
  async trades(userId: string, limit: number, before?: string): Promise<Trade[]> {
    const wallet = await this.store.read(userId);
    if (wallet?.last) await this.completeOnce(userId, wallet.last);
    return this.store.trades(userId, limit, before);
  }

  /** A read is cheaper than a write that is refused, and nearly always finds them. */
  private async completeOnce(userId: string, last: Trade): Promise<void> {
    if (await this.store.tradeOf(userId, last.clientTradeId) === undefined) await this.store.complete(userId, last);
  }
}

/** @throws ApiError 422 when an id comes a second time for another trade */
function sameTrade(earlier: Trade, instrument: Instrument, order: TradeOrder): Trade {
  const isSame = earlier.symbol === instrument.symbol && earlier.action === order.action
    && parseDecimal(earlier.quantity, instrument.base.decimals) === order.baseUnits;
  if (isSame) return earlier;
  throw new ApiError(422, 'client_trade_id_reused', `${order.clientTradeId} stands for another trade; use a new id.`, { clientTradeId: order.clientTradeId });
}
