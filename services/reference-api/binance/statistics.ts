import { dividedBy, eight, minus } from './amounts';
import { averageOf, type Bars, joined } from './bars';
import { Recent } from './recent';
import type { Tickers, TickerView } from '../market/tickers';

const DAY_MS = 86_400_000;
/** Milliseconds for which a day's figures are told again. */
const RECENT_MS = 500;

/** What the last 24 hours were like, of the venue's own trades; where it had none, of the market that is streamed. */
export class Statistics {
  private readonly days = new Recent<DayStatistics>(RECENT_MS);

  constructor(private readonly bars: Bars, private readonly tickers: Tickers) {}

  /** As `GET /api/v3/ticker/24hr` shows it. @throws ApiError 404, 503 */
  day(symbol: string, now = Date.now()): Promise<DayStatistics> {
    return this.days.get(symbol, now, async () => {
      const [view, bars] = await Promise.all([this.tickers.one(symbol), this.bars.lastDay(symbol, now)]);
      return statisticsOf(view, joined(now - DAY_MS, bars), now);
    });
  }
}

function statisticsOf(view: TickerView, day: ReturnType<typeof joined>, now: number) {
  const { market } = view;
  const last = view.lastPrice ?? '0';
  const open = day?.open ?? last;
  const change = minus(last, open);
  const volume = day?.volume ?? market?.volume24h ?? '0';
  return {
    symbol: view.symbol,
    priceChange: eight(change),
    priceChangePercent: percent(change, open),
    weightedAvgPrice: eight(day ? averageOf(day) : last),
    prevClosePrice: eight(open),
    lastPrice: eight(last),
    lastQty: eight(view.lastQuantity),
    bidPrice: eight(view.bidPrice), bidQty: eight(view.bidQuantity), askPrice: eight(view.askPrice), askQty: eight(view.askQuantity),
    openPrice: eight(open),
    highPrice: eight(day?.high ?? market?.high24h ?? last), lowPrice: eight(day?.low ?? market?.low24h ?? last),
    volume: eight(volume), quoteVolume: eight(day?.quoteVolume),
    openTime: now - DAY_MS, closeTime: now,
    firstId: day?.firstTrade ?? -1, lastId: day?.lastTrade ?? -1, count: day?.trades ?? 0,
  };
}

export type DayStatistics = ReturnType<typeof statisticsOf>;

/** In per cent with three decimals, as Binance has it. */
function percent(change: string, of: string): string {
  const negative = change.startsWith('-');
  const [whole, fraction = ''] = dividedBy(`${change.replace('-', '')}`, of, 5).split('.');
  const digits = (whole + fraction.padEnd(5, '0')).replace(/^0+(?=\d)/, '').padStart(4, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}
