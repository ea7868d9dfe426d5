import {
  BaselineSeries, ColorType, createChart, createSeriesMarkers, type IChartApi, type ISeriesApi, type ISeriesMarkersPluginApi, type Time,
  type UTCTimestamp,
} from 'lightweight-charts';
import { useEffect, useRef } from 'react';
import { dateTime } from './parts';
import { colour, type Theme } from './theme';

export interface LinePoint {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Where something is drawn a float is good enough; what is written comes from the text. */
  readonly value: number;
  /** An arrow with a word: down for what went out. */
  readonly mark?: { readonly text: string; readonly out: boolean };
}

interface Drawn {
  readonly chart: IChartApi;
  readonly line: ISeriesApi<'Baseline'>;
  readonly marks: ISeriesMarkersPluginApi<Time>;
}

const seconds = (time: number): UTCTimestamp => Math.floor(time / 1_000) as UTCTimestamp;

/** What something was worth over time, above and below where it began. */
export function LineChart({ points, theme, label, tickText }: {
  readonly points: readonly LinePoint[]; readonly theme: Theme; readonly label: string; readonly tickText: (time: number) => string;
}) {
  const host = useRef<HTMLDivElement>(null);
  const drawn = useRef<Drawn>(undefined);

  useEffect(() => {
    const chart = createChart(host.current!, {
      autoSize: true,
      handleScroll: false,
      handleScale: false,
      layout: { attributionLogo: false, fontFamily: 'inherit', background: { type: ColorType.Solid, color: 'transparent' } },
      timeScale: { timeVisible: true, secondsVisible: false },
      localization: { timeFormatter: (time: Time) => dateTime(Number(time) * 1_000) },
    });
    const line = chart.addSeries(BaselineSeries, { lineWidth: 2, priceLineVisible: false });
    drawn.current = { chart, line, marks: createSeriesMarkers(line, []) };
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
    const { chart, line, marks } = drawn.current!;
    // One point a second at most: the library wants rising times.
    const bySecond = new Map(points.map(({ time, value }) => [seconds(time), value]));
    line.applyOptions({ baseValue: { type: 'price', price: points[0]?.value ?? 0 } });
    line.setData([...bySecond].map(([time, value]) => ({ time, value })));
    marks.setMarkers(points.flatMap(({ time, mark }) => (mark ? [{
      time: seconds(time), text: mark.text, color: colour('accent'),
      position: mark.out ? 'aboveBar' as const : 'belowBar' as const, shape: mark.out ? 'arrowDown' as const : 'arrowUp' as const,
    }] : [])));
    chart.applyOptions({ timeScale: { tickMarkFormatter: (time: Time) => tickText(Number(time) * 1_000) } });
    chart.timeScale().fitContent();
  }, [points, theme, tickText]);

  return <div ref={host} role="img" aria-label={label} />;
}
