import { BaselineSeries, ColorType, createChart, type IChartApi, type ISeriesApi, type Time, type UTCTimestamp } from 'lightweight-charts';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useScreen, useVenue } from './context';
import { clockTime, dateTime, Empty } from './parts';
import { colour, type Theme } from './theme';
import type { Bar } from '../core/bars';
import { about, shown, text } from '../core/decimal';
import { equityCurve, type EquityPoint, totalsOf, worthOf } from '../core/equity';

const HOUR = 3_600_000;
const STEP = 5_000;

export function Portfolio({ theme }: { readonly theme: Theme }) {
  const account = useScreen((state) => state.account);
  const ticks = useScreen((state) => state.ticks);
  const instruments = useScreen((state) => state.instruments);
  const behind = useScreen((state) => state.behind);
  const link = useScreen((state) => state.link);
  const stale = behind || link !== 'live';
  const quote = instruments[0]?.quote;
  if (!account || !quote) return <Empty>Reading the account.</Empty>;
  const worth = worthOf(totalsOf(account.balances), quote.code, instruments, (symbol) => ticks[symbol]?.lastPrice);
  return (
    <div className="portfolio" data-trust={stale ? 'stale' : 'live'}>
      <div className="scroll" tabIndex={0} role="region" aria-label="Balances and positions">
        <p className="equity">
          <span>Equity</span> <strong>{worth.unpriced.length === account.balances.length ? '–' : `${about(worth.equity, 2)} ${quote.code}`}</strong>
          {worth.unpriced.length > 0 && <span className="hint"> without {worth.unpriced.join(', ')}, of which no price is known</span>}
        </p>
        <table className="wide" data-testid="balances">
          <thead>
            <tr>
              <th scope="col">Asset</th>
              <th scope="col">Free</th>
              <th scope="col">Held by orders</th>
              <th scope="col">Total</th>
            </tr>
          </thead>
          <tbody>
            {account.balances.map(({ asset, free, held, total, partition }) => (
              <tr key={`${asset}/${partition ?? ''}`} data-asset={asset}>
                <th scope="row">
                  {asset}
                  {partition === undefined ? '' : ` (partition ${partition})`}
                </th>
                <td data-field="free">{shown(free)}</td>
                <td data-field="held">{shown(held)}</td>
                <td data-field="total">{shown(total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {account.positions.length > 0 && (
          <table className="wide">
            <thead>
              <tr>
                <th scope="col">Position</th>
                <th scope="col">Quantity</th>
                <th scope="col">Average entry</th>
                <th scope="col">Last trade here</th>
                <th scope="col">Value</th>
                <th scope="col">Unrealised</th>
                <th scope="col">Realised</th>
              </tr>
            </thead>
            <tbody>
              {account.positions.map((one) => (
                <tr key={`${one.symbol}/${one.partition ?? ''}`}>
                  <th scope="row">{one.symbol}</th>
                  <td>{shown(one.quantity)}</td>
                  <td>{shown(one.averageEntryPrice ?? '–')}</td>
                  <td>{shown(one.markPrice ?? '–')}</td>
                  <td>{shown(one.value ?? '–')}</td>
                  <Profit value={one.unrealisedProfit} />
                  <Profit value={one.realisedProfit} />
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
      <Equity theme={theme} quote={quote.code} />
    </div>
  );
}

function Profit({ value }: { readonly value?: string }) {
  if (value === undefined) return <td>–</td>;
  return (
    <td className={value.startsWith('-') ? 'down' : value === '0' ? '' : 'up'}>
      {value.startsWith('-') || value === '0' ? '' : '+'}
      {shown(value)}
    </td>
  );
}

/** Hourly closes of what the account has traded or has, as far as the API keeps them. */
function useHourly(symbols: readonly string[]): ReadonlyMap<string, readonly Bar[]> {
  const venue = useVenue();
  const [known, setKnown] = useState<ReadonlyMap<string, readonly Bar[]>>(new Map());
  const key = symbols.join();
  useEffect(() => {
    let current = true;
    const since = Date.now() - 30 * 24 * HOUR;
    void Promise.all(
      symbols.map(async (symbol) => {
        const answer = await venue.api
          .get<{ candles: readonly Bar[] }>(`/v1/candles/${symbol}?interval=1h&limit=720&from=${since}`)
          .catch(() => undefined);
        return [symbol, answer?.candles ?? []] as const;
      }),
    ).then((all) => current && setKnown(new Map(all)));
    return () => {
      current = false;
    };
  }, [key]);
  return known;
}

function useEquity(quote: string): readonly EquityPoint[] {
  const venue = useVenue();
  const account = useScreen((state) => state.account);
  const fills = useScreen((state) => state.fills);
  const instruments = useScreen((state) => state.instruments);
  const step = useScreen((state) => Math.floor((state.now + state.offsetMs) / STEP));
  const symbols = useMemo(() => {
    const held = new Set(account?.balances.filter(({ total }) => total !== '0').map(({ asset }) => asset));
    return instruments
      .filter((one) => one.quote.code === quote && held.has(one.base.code))
      .map(({ symbol }) => symbol)
      .slice(0, 10);
  }, [account, instruments, quote]);
  const hourly = useHourly(symbols);
  return useMemo(() => {
    if (!account) return [];
    const now = step * STEP;
    const first = Math.min(now, ...fills.map(({ time }) => time));
    const hours = Array.from({ length: Math.min(200, Math.floor((now - first) / HOUR)) }, (_, at) => now - (at + 1) * HOUR);
    const recent = Array.from({ length: 360 }, (_, at) => now - at * STEP);
    const priceAt = (symbol: string, time: number): string | undefined => {
      const seen = venue.seenPrice(symbol, time);
      if (seen !== undefined) return seen;
      const bars = hourly.get(symbol) ?? [];
      const bar = bars[bars.findLastIndex(({ openTime }) => openTime + HOUR <= time)];
      // A close counts for the hour after it; what lies further on is not known.
      return bar && time - bar.openTime < 2 * HOUR ? bar.close : undefined;
    };
    return equityCurve(account.balances, fills, quote, instruments, [...hours, ...fills.map(({ time }) => time), ...recent], priceAt);
  }, [account, fills, instruments, quote, hourly, step]);
}

function Equity({ theme, quote }: { readonly theme: Theme; readonly quote: string }) {
  const points = useEquity(quote);
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ chart: IChartApi; line: ISeriesApi<'Baseline'>; count: number }>(undefined);

  useEffect(() => {
    const chart = createChart(host.current!, {
      autoSize: true,
      handleScroll: false,
      handleScale: false,
      layout: { attributionLogo: false, fontFamily: 'inherit', background: { type: ColorType.Solid, color: 'transparent' } },
      timeScale: { timeVisible: true, secondsVisible: false, tickMarkFormatter: (time: Time) => clockTime(Number(time) * 1_000).slice(0, 5) },
      localization: { timeFormatter: (time: Time) => dateTime(Number(time) * 1_000) },
    });
    drawn.current = { chart, line: chart.addSeries(BaselineSeries, { lineWidth: 2, priceLineVisible: false }), count: 0 };
    return () => {
      drawn.current = undefined;
      chart.remove();
    };
  }, []);

  useEffect(() => {
    const { chart, line } = drawn.current!;
    const [grid, up, down] = [colour('line'), colour('up'), colour('down')];
    chart.applyOptions({
      layout: { textColor: colour('text-soft') },
      grid: { vertLines: { visible: false }, horzLines: { color: grid } },
      rightPriceScale: { borderColor: grid },
      timeScale: { borderColor: grid },
    });
    line.applyOptions({
      topLineColor: up,
      topFillColor1: colour('up-soft'),
      topFillColor2: 'transparent',
      bottomLineColor: down,
      bottomFillColor1: 'transparent',
      bottomFillColor2: colour('down-soft'),
    });
  }, [theme]);

  useEffect(() => {
    const { chart, line } = drawn.current!;
    // One point a second at most: the library wants rising times.
    const bySecond = new Map(points.map(({ time, equity }) => [Math.floor(time / 1_000), Number(text(equity))]));
    const data = [...bySecond].map(([time, value]) => ({ time: time as UTCTimestamp, value }));
    line.applyOptions({ baseValue: { type: 'price', price: data[0]?.value ?? 0 } });
    line.setData(data);
    chart.timeScale().fitContent();
  }, [points]);

  const last = points.at(-1);
  return (
    <figure className="equity-curve">
      <figcaption>
        Equity curve{' '}
        <span className="hint">
          Computed here: the balances of now, taken back through your last fills, at the prices of the time. Deposits before the first point are
          part of it.
        </span>
      </figcaption>
      <div
        ref={host}
        role="img"
        aria-label={last ? `Equity over ${points.length} points, now ${about(last.equity, 2)} ${quote}` : 'Equity: not enough prices yet'}
      />
    </figure>
  );
}
