import { BookSide, type Level } from './book-side';
import { SeededRandom } from './random';

/** A trade of the generated market. */
export interface GeneratedTrade {
  readonly id: string;
  readonly time: number;
  readonly takerSide: 'Buy' | 'Sell';
  readonly price: string;
  readonly quantity: string;
  readonly tickDirection: 'PlusTick' | 'MinusTick' | 'ZeroPlusTick' | 'ZeroMinusTick';
  readonly seq: number;
  /** Counts the trades of the symbol one by one. */
  readonly number: number;
}

/** Trades that a market remembers. */
const RECENT = 20;

/** What one step changed; levels as `[price, size]` decimals. */
export interface MarketStep {
  readonly trades: readonly GeneratedTrade[];
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
  /** Whether the best bid or ask, or its size, is another one now. */
  readonly topChanged: boolean;
}

/** Day's figures and last price, as decimals. */
export interface MarketStatistics {
  readonly lastPrice: string;
  readonly highPrice24h: string;
  readonly lowPrice24h: string;
  readonly prevPrice24h: string;
  readonly volume24h: string;
  readonly turnover24h: string;
  readonly price24hPcnt: string;
}

/** Price at which a symbol starts, in ticks, and the decimals of its ticks and lots; another symbol gets values from its name. */
const KNOWN: Readonly<Record<string, { ticks: number; tickDecimals: number; lotDecimals: number }>> = {
  BTCUSDT: { ticks: 640_000, tickDecimals: 1, lotDecimals: 4 },
  ETHUSDT: { ticks: 320_000, tickDecimals: 2, lotDecimals: 3 },
};

/** A market that does not exist: a seeded random walk with a book around it and trades at its best prices. */
export class GeneratedMarket {
  /** Number of the book's last change. */
  updateId: number;
  /** Cross sequence over book and trades. */
  seq: number;
  /** The last trades, oldest first. */
  readonly recent: GeneratedTrade[] = [];
  private tradeNumber: number;
  private readonly random: SeededRandom;
  private readonly tickDecimals: number;
  private readonly lotDecimals: number;
  private readonly bids: BookSide;
  private readonly asks: BookSide;
  private readonly open: number;
  private middle: number;
  private last: number;
  private high: number;
  private low: number;
  private volumeLots: number;
  private turnover: number;
  private rising = true;

  constructor(readonly symbol: string, seed: string) {
    this.random = new SeededRandom(`${seed}/${symbol}`);
    const known = KNOWN[symbol] ?? { ticks: this.random.integer(10_000, 500_000), tickDecimals: 4, lotDecimals: 2 };
    this.tickDecimals = known.tickDecimals;
    this.lotDecimals = known.lotDecimals;
    this.bids = new BookSide(-1, this.random);
    this.asks = new BookSide(1, this.random);
    this.middle = known.ticks;
    this.last = known.ticks;
    this.open = Math.round(known.ticks * (1 + 0.01 * this.random.bell()));
    this.high = Math.max(known.ticks, this.open);
    this.low = Math.min(known.ticks, this.open);
    this.volumeLots = this.random.integer(10_000_000, 50_000_000);
    this.turnover = this.volumeLots * this.middle;
    this.updateId = this.random.integer(1_000_000, 9_000_000);
    this.seq = this.random.integer(1_000_000_000, 2_000_000_000);
    this.tradeNumber = this.seq - 1_000_000_000;
    this.quote();
    this.bids.changes();
    this.asks.changes();
  }

  /** Lets the market trade and move once. */
  step(now: number): MarketStep {
    const before = JSON.stringify([this.bids.top(1), this.asks.top(1)]);
    const trades = Array.from({ length: this.random.integer(0, 3) }, () => this.trade(now)).filter((trade) => trade !== undefined);
    // About 4 basis points per step, held within a factor of two of where it began.
    this.middle += this.random.bell() * this.middle * 0.0001;
    this.middle = Math.max(this.open / 2, Math.min(this.open * 2, this.middle));
    this.quote();
    this.updateId++;
    this.seq++;
    const topChanged = before !== JSON.stringify([this.bids.top(1), this.asks.top(1)]);
    return { trades, bids: this.levels(this.bids.changes()), asks: this.levels(this.asks.changes()), topChanged };
  }

  /** The best levels, `[price, size]` as decimals, best first. */
  book(depth: number): Pick<MarketStep, 'bids' | 'asks'> {
    return { bids: this.levels(this.bids.top(depth)), asks: this.levels(this.asks.top(depth)) };
  }

  statistics(): MarketStatistics {
    return {
      lastPrice: this.price(this.last),
      highPrice24h: this.price(this.high),
      lowPrice24h: this.price(this.low),
      prevPrice24h: this.price(this.open),
      volume24h: this.quantity(this.volumeLots),
      turnover24h: (this.turnover / 10 ** (this.tickDecimals + this.lotDecimals)).toFixed(4),
      price24hPcnt: (this.last / this.open - 1).toFixed(4),
    };
  }

  private quote(): void {
    const spread = this.random.integer(1, 3);
    const bid = Math.max(1, Math.floor(this.middle - spread / 2));
    this.bids.settle(bid);
    this.asks.settle(bid + spread);
  }

  private trade(now: number): GeneratedTrade | undefined {
    const buys = this.random.next() < 0.5;
    const side = buys ? this.asks : this.bids;
    const price = side.best;
    const available = side.sizeAt(price);
    if (available === 0) return undefined;
    const lots = this.random.integer(1, available);
    side.take(price, lots);
    if (price !== this.last) this.rising = price > this.last;
    const direction = `${price === this.last ? 'Zero' : ''}${this.rising ? 'Plus' : 'Minus'}Tick` as const;
    this.last = price;
    this.high = Math.max(this.high, price);
    this.low = Math.min(this.low, price);
    this.volumeLots += lots;
    this.turnover += lots * price;
    this.seq++;
    const trade: GeneratedTrade = {
      id: `${this.symbol}-${this.seq}`,
      time: now,
      takerSide: buys ? 'Buy' : 'Sell',
      price: this.price(price),
      quantity: this.quantity(lots),
      tickDirection: direction,
      seq: this.seq,
      number: ++this.tradeNumber,
    };
    this.recent.push(trade);
    if (this.recent.length > RECENT) this.recent.shift();
    return trade;
  }

  private levels(levels: readonly Level[]): (readonly [string, string])[] {
    return levels.map(([price, lots]) => [this.price(price), lots === 0 ? '0' : this.quantity(lots)]);
  }

  private price(ticks: number): string {
    return (ticks / 10 ** this.tickDecimals).toFixed(this.tickDecimals);
  }

  private quantity(lots: number): string {
    return (lots / 10 ** this.lotDecimals).toFixed(this.lotDecimals);
  }
}
