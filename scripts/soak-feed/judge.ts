import type { Ticker } from '../../services/domain';
import type { MarketTrade, TradeGap } from '../../services/streamer/model';

/** What became of one exchange's trades. */
export interface Verdict {
  /** Trades of the recording. */
  readonly trades: number;
  /** Of them those that at least one replica was sent. */
  readonly sent: number;
  /** Frames with trades that were sent twice on purpose. */
  readonly repeated: number;
  /** On the channel: sent and not there, there twice, there and not sent. */
  readonly lost: number;
  readonly doubled: number;
  readonly invented: number;
  /** In the stream: sent and not there; there more than once, which is allowed. */
  readonly lostInStream: number;
  readonly doubledInStream: number;
  /** Gaps that were told, and how many trades they name that did not come late either. */
  readonly gaps: number;
  readonly missingTold: number;
  readonly tickers: number;
  /** Tickers that went back in time or said what was said before. */
  readonly tickersWrong: number;
  readonly problems: readonly string[];
}

/** Follows what the feed sent and what came out of it, by the trades' own ids. */
export class Judge {
  private readonly sent = new Map<string, number>();
  private readonly unsent = new Set<string>();
  private readonly told = new Map<string, number>();
  private readonly written = new Map<string, number>();
  private readonly lastTicker = new Map<string, { time: number; text: string }>();
  private repeated = 0;
  private gaps = 0;
  private readonly missing = new Set<string>();
  private tickers = 0;
  private tickersWrong = 0;

  constructor(readonly exchange: string, private readonly numbered: boolean) {}

  wasSent(symbol: string, ids: readonly string[], times: number, clients: number): void {
    if (ids.length > 0 && times > 1 && clients > 0) this.repeated++;
    for (const id of ids) {
      if (clients > 0 && times > 0) this.sent.set(`${symbol} ${id}`, times);
      else this.unsent.add(`${symbol} ${id}`);
    }
  }

  onChannel(lines: readonly (MarketTrade | TradeGap)[]): void {
    for (const line of lines) {
      if (line.type === 'gap') {
        this.gaps++;
        if (line.missing === undefined) continue;
        for (let id = Number(line.after) + 1; id < Number(line.before); id++) this.missing.add(`${line.symbol} ${id}`);
      } else {
        count(this.told, `${line.symbol} ${line.id}`);
      }
    }
  }

  inStream(line: MarketTrade): void {
    count(this.written, `${line.symbol} ${line.id}`);
  }

  onTicker({ receivedTime: _, ...ticker }: Ticker): void {
    this.tickers++;
    const text = JSON.stringify(ticker);
    const last = this.lastTicker.get(ticker.symbol);
    if (last && (ticker.exchangeTime < last.time || text === last.text)) this.tickersWrong++;
    this.lastTicker.set(ticker.symbol, { time: ticker.exchangeTime, text });
  }

  /** Whether everything that was sent has come out. */
  get complete(): boolean {
    return [...this.sent.keys()].every((id) => this.told.has(id));
  }

  verdict(): Verdict {
    const missing = (of: ReadonlyMap<string, number>): number => [...this.sent.keys()].filter((id) => !of.has(id)).length;
    const more = (of: ReadonlyMap<string, number>): number => [...of.values()].filter((n) => n > 1).length;
    const facts = {
      trades: this.sent.size + this.unsent.size,
      sent: this.sent.size,
      repeated: this.repeated,
      lost: missing(this.told),
      doubled: more(this.told),
      invented: [...this.told.keys()].filter((id) => !this.sent.has(id)).length,
      lostInStream: missing(this.written),
      doubledInStream: more(this.written),
      gaps: this.gaps,
      missingTold: [...this.missing].filter((id) => !this.told.has(id)).length,
      tickers: this.tickers,
      tickersWrong: this.tickersWrong,
    };
    const problems = [
      ...(facts.sent === 0 ? ['nothing was sent'] : []),
      ...(['lost', 'doubled', 'invented', 'lostInStream', 'tickersWrong'] as const).filter((name) => facts[name] > 0).map((name) => `${name}: ${facts[name]}`),
      ...(this.numbered && (facts.missingTold !== this.unsent.size || [...this.unsent].some((id) => !this.missing.has(id))) ? [`${this.unsent.size} trades were left out, the gaps name ${facts.missingTold}`] : []),
      ...(!this.numbered && this.unsent.size > 0 && facts.gaps === 0 ? ['trades were left out and no gap was told'] : []),
    ].map((problem) => `${this.exchange}: ${problem}`);
    return { ...facts, problems };
  }
}

function count(map: Map<string, number>, id: string): void {
  map.set(id, (map.get(id) ?? 0) + 1);
}
