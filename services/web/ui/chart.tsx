import {
  CandlestickSeries,
  ColorType,
  createChart,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  LineStyle,
  TickMarkType,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { type RefObject, useEffect, useMemo, useRef } from 'react';
import { useInstrument, useScreen, useVenue } from './context';
import { clockTime, dateTime, Panel, StaleBadge, usePriceTrust } from './parts';
import { colour, type Theme } from './theme';
import { type Bar, chartBars, hasHistory, type Interval, INTERVALS } from '../core/bars';
import { decimalsOf, shown } from '../core/decimal';

interface Drawn {
  readonly chart: IChartApi;
  readonly candles: ISeriesApi<'Candlestick'>;
  readonly volume: ISeriesApi<'Histogram'>;
  lines: IPriceLine[];
  /** What the series hold: which bars, and how many. */
  key: string;
  count: number;
  history?: readonly Bar[];
}

/** A picture of the chart as it is. */
export type TakePicture = RefObject<(() => HTMLCanvasElement) | null>;

const inSeconds = (bar: Bar): UTCTimestamp => (bar.openTime / 1_000) as UTCTimestamp;
// Where something is drawn a float is good enough; every number that is written comes from the text.
const candle = (bar: Bar) => ({
  time: inSeconds(bar),
  open: Number(bar.open),
  high: Number(bar.high),
  low: Number(bar.low),
  close: Number(bar.close),
});
const column = (bar: Bar) => ({
  time: inSeconds(bar),
  value: Number(bar.volume),
  color: colour(Number(bar.close) >= Number(bar.open) ? 'up-soft' : 'down-soft'),
});

/** Times as everywhere else on the screen: the reader's own; the library would write UTC. */
function tickText(time: Time, kind: TickMarkType): string {
  const date = new Date(Number(time) * 1_000);
  if (kind === TickMarkType.TimeWithSeconds) return clockTime(date.getTime());
  if (kind === TickMarkType.Time) return clockTime(date.getTime()).slice(0, 5);
  return date.toLocaleDateString(
    'en-GB',
    kind === TickMarkType.DayOfMonth ? { day: 'numeric', month: 'short' } : { month: 'short', year: 'numeric' },
  );
}

export function Chart({ theme, picture }: { readonly theme: Theme; readonly picture: TakePicture }) {
  const venue = useVenue();
  const instrument = useInstrument();
  const interval = useScreen((state) => state.interval);
  const history = useScreen((state) => state.history);
  const live = useScreen((state) => state.live);
  const orders = useScreen((state) => state.orders);
  const { trust, ageMs } = usePriceTrust(instrument?.symbol);
  const { bars, holeAt } = useMemo(() => chartBars(history, live, interval), [history, live, interval]);
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);
  const decimals = decimalsOf(instrument?.tickSize ?? '0.01');

  useEffect(() => {
    const chart = createChart(host.current!, {
      autoSize: true,
      // The mark would bring a style of its own, which the content policy forbids; the notice stands below the chart.
      layout: { attributionLogo: false, fontFamily: 'inherit', background: { type: ColorType.Solid, color: 'transparent' } },
      timeScale: { timeVisible: true, secondsVisible: true, rightOffset: 5, barSpacing: 9, tickMarkFormatter: tickText },
      localization: { timeFormatter: (time: Time) => dateTime(Number(time) * 1_000) },
      rightPriceScale: { scaleMargins: { top: 0.08, bottom: 0.24 } },
    });
    const candles = chart.addSeries(CandlestickSeries, {});
    const volume = chart.addSeries(HistogramSeries, {
      priceScaleId: '',
      priceFormat: { type: 'volume' },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    volume.priceScale().applyOptions({ scaleMargins: { top: 0.82, bottom: 0 } });
    drawn.current = { chart, candles, volume, lines: [], key: '', count: 0 };
    picture.current = () => chart.takeScreenshot();
    return () => {
      picture.current = null;
      drawn.current = undefined;
      chart.remove();
    };
  }, []);

  useEffect(() => {
    const { chart, candles } = drawn.current!;
    const [text, line, up, down] = [colour('text-soft'), colour('line'), colour('up'), colour('down')];
    chart.applyOptions({
      layout: { textColor: text },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    candles.applyOptions({ upColor: up, wickUpColor: up, borderUpColor: up, downColor: down, wickDownColor: down, borderDownColor: down });
    drawn.current!.key = '';
  }, [theme]);

  useEffect(() => {
    drawn.current!.candles.applyOptions({ priceFormat: { type: 'price', precision: decimals, minMove: 10 ** -decimals } });
  }, [decimals]);

  useEffect(() => {
    const view = drawn.current!;
    const key = `${instrument?.symbol}/${interval}/${theme}/${bars[0]?.openTime ?? ''}`;
    const grown = bars.length - view.count;
    if (key === view.key && history === view.history && grown >= 0 && grown <= 5 && view.count > 0) {
      for (const bar of bars.slice(view.count - 1)) {
        view.candles.update(candle(bar));
        view.volume.update(column(bar));
      }
    } else {
      view.candles.setData(bars.map(candle));
      view.volume.setData(bars.map(column));
      if (key !== view.key && bars.length > 0) {
        view.chart.timeScale().resetTimeScale();
        view.key = key;
      }
    }
    view.count = bars.length;
    view.history = history;
  }, [bars, interval, instrument?.symbol, theme, history]);

  const mine = useMemo(
    () =>
      orders.filter((order) => order.status === 'open' && order.symbol === instrument?.symbol && (order.price ?? order.stopPrice) !== undefined),
    [orders, instrument?.symbol],
  );
  useEffect(() => {
    const view = drawn.current!;
    for (const line of view.lines) view.candles.removePriceLine(line);
    view.lines = mine.map((order) =>
      view.candles.createPriceLine({
        price: Number(order.price ?? order.stopPrice),
        color: colour(order.side === 'buy' ? 'up' : 'down'),
        lineWidth: 1,
        lineStyle: order.price === undefined ? LineStyle.Dotted : LineStyle.Dashed,
        axisLabelVisible: true,
        title: `${order.side} ${order.remaining ?? order.quantity ?? ''}`,
      }),
    );
  }, [mine, theme]);

  const last = bars.at(-1);
  return (
    <Panel
      id="chart"
      title="Chart"
      trust={trust === 'stale' ? 'stale' : undefined}
      aside={
        <>
          <div className="intervals" role="group" aria-label="Length of a bar">
            {(Object.keys(INTERVALS) as Interval[]).map((one) => (
              <button key={one} type="button" aria-pressed={one === interval} onClick={() => venue.setInterval(one)}>
                {one}
              </button>
            ))}
          </div>
          {trust === 'stale' && <StaleBadge trust={trust} ageMs={ageMs} what="price" />}
        </>
      }
    >
      <div
        className="chart-host"
        ref={host}
        role="img"
        aria-label={`Candles of ${instrument?.symbol ?? 'no instrument'}, ${interval}; ${bars.length} bars${last ? `, the last one closed at ${shown(last.close, decimals)}` : ''}; ${mine.length} own orders marked`}
      />
      <p className="chart-note">
        {bars.length === 0 ? 'Waiting for the first price.' : noteOf(interval, history.length, holeAt !== undefined)} Charts by{' '}
        <a href="https://www.tradingview.com/" target="_blank" rel="noreferrer noopener">
          TradingView Lightweight Charts™
        </a>
        .
      </p>
    </Panel>
  );
}

function noteOf(interval: Interval, history: number, hole: boolean): string {
  if (!hasHistory(interval)) return 'Bars since this page was opened. Volume: trades of this venue.';
  if (history === 0) return 'The system keeps no bars of this instrument: these were seen since this page was opened.';
  return `${hole ? 'Between the history and what was seen here nothing is known. ' : ''}Volume: of the market as far as it was read, of this venue since then.`;
}
