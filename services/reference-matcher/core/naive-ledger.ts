/** Funds as settlement books them: from the events alone, in big integers. */
import { FEE_ACCOUNT, type Event, type Trade } from '../../domain';

export class NaiveLedger {
  readonly free = new Map<string, bigint>();
  readonly held = new Map<string, bigint>();
  /** What came in from outside, less what went out. */
  readonly supply = new Map<string, bigint>();

  book(event: Event): void {
    switch (event.type) {
      case 'deposited':
      case 'transferred_in':
        this.add(this.free, event.accountId, event.asset, event.amount);
        this.supply.set(event.asset, (this.supply.get(event.asset) ?? 0n) + BigInt(event.amount));
        break;
      case 'transferred_out':
        this.add(this.free, event.accountId, event.asset, -event.amount);
        this.supply.set(event.asset, (this.supply.get(event.asset) ?? 0n) - BigInt(event.amount));
        break;
      case 'account_opened':
        for (const { asset, amount } of event.funds) this.come(event.accountId, asset, amount);
        break;
      case 'account_reset':
        for (const { asset, before, after } of event.balances) {
          if ((this.held.get(`${event.accountId} ${asset}`) ?? 0n) !== 0n) throw new Error(`something is held of ${asset} after a reset`);
          this.come(event.accountId, asset, after - before);
        }
        break;
      case 'order_accepted': this.hold(event.accountId, event.heldAsset, event.heldAmount); break;
      case 'order_amended': this.hold(event.accountId, event.heldAsset, event.heldDelta); break;
      case 'order_cancelled': this.hold(event.accountId, event.releasedAsset, -event.releasedAmount); break;
      case 'trade': this.trade(event); break;
      default:
    }
  }

  private come(accountId: string, asset: string, amount: number): void {
    this.add(this.free, accountId, asset, amount);
    this.supply.set(asset, (this.supply.get(asset) ?? 0n) + BigInt(amount));
  }

  private hold(accountId: string, asset: string, amount: number): void {
    this.add(this.free, accountId, asset, -amount);
    this.add(this.held, accountId, asset, amount);
  }

  private trade(trade: Trade): void {
    const [buyer, seller] = trade.takerSide === 'buy' ? [trade.takerAccountId, trade.makerAccountId] : [trade.makerAccountId, trade.takerAccountId];
    this.hold(buyer, trade.quoteAsset, -trade.buyerHeld);
    this.add(this.free, buyer, trade.quoteAsset, -trade.quoteAmount);
    this.add(this.free, seller, trade.quoteAsset, trade.quoteAmount - trade.sellerFee);
    this.hold(seller, trade.baseAsset, -trade.sellerHeld);
    this.add(this.free, seller, trade.baseAsset, -trade.baseAmount);
    this.add(this.free, buyer, trade.baseAsset, trade.baseAmount - trade.buyerFee);
    this.add(this.free, FEE_ACCOUNT, trade.baseAsset, trade.buyerFee);
    this.add(this.free, FEE_ACCOUNT, trade.quoteAsset, trade.sellerFee);
  }

  private add(map: Map<string, bigint>, accountId: string, asset: string, amount: number): void {
    const key = `${accountId} ${asset}`;
    const sum = (map.get(key) ?? 0n) + BigInt(amount);
    if (sum < 0n) throw new Error(`${key} would fall to ${sum}`);
    map.set(key, sum);
  }
}
