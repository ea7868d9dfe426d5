import type { Trade, Wallet } from './wallet';

/**
 * Where wallets and trades are kept. Each write is one conditional write of one item; nothing here needs a transaction.
 *
 * The wallet is the commit point: a trade has happened when, and only when, the wallet of its version was written. The trade's own items
 * (by time, and by the client's id) follow from it and are completed by whoever comes next, should their writer have died in between.
 */
export interface WalletStore {
  /** The wallet as it is now, not as it was. */
  read(userId: string): Promise<Wallet | undefined>;
  /** Writes version 0 unless there is a wallet. */
  open(userId: string, wallet: Wallet): Promise<void>;
  /** Replaces the version before. @returns false when somebody else has */
  commit(userId: string, wallet: Wallet): Promise<boolean>;
  /** The trade that a client's id stands for, once its items exist. */
  tradeOf(userId: string, clientTradeId: string): Promise<Trade | undefined>;
  /** Makes the items of a trade exist. Harmless when repeated. */
  complete(userId: string, trade: Trade): Promise<void>;
  /** Trades of an account, newest first, older than a sort key when one is given. */
  trades(userId: string, limit: number, before?: string): Promise<Trade[]>;
  /** Trades of all accounts in a symbol, newest first. */
  tradesOfSymbol(symbol: string, limit: number): Promise<Trade[]>;
}
