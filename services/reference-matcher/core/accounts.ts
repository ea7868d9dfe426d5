/** What an account has of an asset, in smallest units. */
export interface Balance {
  free: number;
  /** Reserved for open orders. */
  held: number;
}

/** Who has what. The total of an asset never leaves the 53-bit range, so no balance can. */
export class Accounts {
  private readonly balances = new Map<string, Map<string, Balance>>();
  private readonly supplies = new Map<string, number>();

  /** What has been paid in of an asset. */
  supply(asset: string): number {
    return this.supplies.get(asset) ?? 0;
  }

  free(accountId: string, asset: string): number {
    return this.balances.get(accountId)?.get(asset)?.free ?? 0;
  }

  /** Adds funds from outside. The caller has checked that the supply stays in range. */
  deposit(accountId: string, asset: string, free: number, held = 0): void {
    const balance = this.balance(accountId, asset);
    balance.free += free;
    balance.held += held;
    this.supplies.set(asset, this.supply(asset) + free + held);
  }

  hold(accountId: string, asset: string, amount: number): void {
    const balance = this.balance(accountId, asset);
    balance.free -= amount;
    balance.held += amount;
  }

  release(accountId: string, asset: string, amount: number): void {
    this.hold(accountId, asset, -amount);
  }

  /** Moves `amount` from one account to the other; `held` leaves the payer's hold, what it covers beyond the amount becomes free. */
  pay(from: string, to: string, asset: string, amount: number, held: number): void {
    const payer = this.balance(from, asset);
    payer.held -= held;
    payer.free += held - amount;
    this.balance(to, asset).free += amount;
  }

  /** Sorted by account and asset, without empty balances: the same holdings give the same list. */
  list(): [accountId: string, balances: [asset: string, free: number, held: number][]][] {
    const entries: ReturnType<Accounts['list']> = [];
    for (const accountId of [...this.balances.keys()].sort()) {
      const assets = [...this.balances.get(accountId)!]
        .filter(([, { free, held }]) => free !== 0 || held !== 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([asset, { free, held }]): [string, number, number] => [asset, free, held]);
      if (assets.length > 0) entries.push([accountId, assets]);
    }
    return entries;
  }

  private balance(accountId: string, asset: string): Balance {
    let assets = this.balances.get(accountId);
    if (!assets) this.balances.set(accountId, assets = new Map());
    let balance = assets.get(asset);
    if (!balance) assets.set(asset, balance = { free: 0, held: 0 });
    return balance;
  }
}
