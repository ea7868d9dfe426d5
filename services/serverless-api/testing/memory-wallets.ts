import { type Trade, tradeKey, type Wallet } from '../wallets/wallet';
import type { WalletStore } from '../wallets/wallet-store';

/** The store in memory, as exact as the real one about its conditions, which can die before or after any of its writes. */
export class MemoryWallets implements WalletStore {
  readonly wallets = new Map<string, Wallet>();
  readonly items = new Map<string, Trade>();
  readonly requests = new Map<string, Trade>();
  /** Called before and after every write; may throw. */
  chaos: (moment: string) => void = () => undefined;

  async read(userId: string): Promise<Wallet | undefined> {
    await Promise.resolve();
    return this.wallets.get(userId);
  }

  async open(userId: string, wallet: Wallet): Promise<void> {
    await this.write('open', () => {
      if (!this.wallets.has(userId)) this.wallets.set(userId, wallet);
    });
  }

  async commit(userId: string, wallet: Wallet): Promise<boolean> {
    return this.write('commit', () => {
      if (this.wallets.get(userId)?.version !== wallet.version - 1) return false;
      this.wallets.set(userId, wallet);
      return true;
    });
  }

  async tradeOf(userId: string, clientTradeId: string): Promise<Trade | undefined> {
    await Promise.resolve();
    return this.requests.get(`${userId}/${clientTradeId}`);
  }

  async complete(userId: string, trade: Trade): Promise<void> {
    await this.write('item', () => { this.items.set(`${userId}/${tradeKey(trade)}`, trade); });
    await this.write('request', () => { this.requests.set(`${userId}/${trade.clientTradeId}`, trade); });
  }

  async trades(userId: string, limit: number, before = '~'): Promise<Trade[]> {
    const keys = [...this.items.keys()].filter((key) => key.startsWith(`${userId}/`) && key.slice(userId.length + 1) < before).sort().reverse();
    return Promise.resolve(keys.slice(0, limit).map((key) => this.items.get(key)!));
  }

  async tradesOfSymbol(symbol: string, limit: number): Promise<Trade[]> {
    return Promise.resolve([...this.items.values()].filter((trade) => trade.symbol === symbol).slice(0, limit));
  }

  private async write<T>(what: string, apply: () => T): Promise<T> {
    await Promise.resolve();
    this.chaos(`before ${what}`);
    const result = apply();
    this.chaos(`after ${what}`);
    return result;
  }
}
