import type { Event } from '../domain';
import type { AccountRow, Changes, InstrumentRow, MarketRow, TradingStateRow } from './rows';

/** What the venue is set to: of each thing only the last word of a run counts. */
export class References {
  private readonly instruments = new Map<string, InstrumentRow>();
  private readonly tradingStates = new Map<string, TradingStateRow>();
  private readonly accounts = new Map<string, AccountRow>();
  private readonly markets = new Map<string, MarketRow>();
  private version: number | undefined;

  follow(event: Event): void {
    const { seq } = event;
    switch (event.type) {
      case 'instrument_configured':
        this.instruments.set(event.instrument.symbol, { seq, spec: event.instrument });
        break;
      case 'trading_state_set':
        this.tradingStates.set(event.symbol, { seq, symbol: event.symbol, state: event.state });
        break;
      case 'account_configured':
        this.accounts.set(event.accountId, { seq, accountId: event.accountId, kind: event.kind, killed: event.killed });
        break;
      case 'mark_price_set':
        Object.assign(this.market(event.symbol), { markPriceTicks: event.priceTicks, seq });
        break;
      case 'trade':
        Object.assign(this.market(event.symbol), { lastPriceTicks: event.priceTicks, seq });
        break;
      case 'upgraded':
        this.version = event.version;
        break;
      default:
    }
  }

  changes(): Pick<Changes, 'instruments' | 'tradingStates' | 'accounts' | 'markets' | 'version'> {
    return {
      instruments: [...this.instruments.values()],
      tradingStates: [...this.tradingStates.values()],
      accounts: [...this.accounts.values()],
      markets: [...this.markets.values()],
      version: this.version,
    };
  }

  private market(symbol: string): MarketRow {
    let market = this.markets.get(symbol);
    if (!market) this.markets.set(symbol, market = { symbol, lastPriceTicks: null, markPriceTicks: null, seq: 0 });
    return market;
  }
}
