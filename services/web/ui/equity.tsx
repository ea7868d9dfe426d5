import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useScreen, useVenue } from './context';
import { LineChart } from './line-chart';
import { clockTime } from './parts';
import type { Theme } from './theme';
import { about, decimal } from '../core/decimal';
import { equityCurve, type EquityCurve, firstRange, type Range, RANGES } from '../data/account';

/** The newest point is valued at the price of its time. */
const REFRESH_MS = 5_000;

function useCurve(range: Range): { readonly curve?: EquityCurve; readonly problem?: string } {
  const venue = useVenue();
  const account = useScreen((state) => state.account);
  const step = useScreen((state) => Math.floor(state.now / REFRESH_MS));
  const [told, setTold] = useState<{ readonly range?: Range; readonly curve?: EquityCurve; readonly problem?: string }>({});
  // One question at a time: answers that take longer than the questions come must not push each other out.
  const asking = useRef<Range>(undefined);
  useEffect(() => {
    const { now, offsetMs, link, facts } = venue.store.now;
    if (link === 'lost' || asking.current === range) return;
    asking.current = range;
    const settle = (answer: { readonly curve: EquityCurve } | { readonly problem: string }): void => {
      if (asking.current !== range) return;
      asking.current = undefined;
      setTold((before) => ({ ...(before.range === range ? before : {}), problem: undefined, ...answer, range }));
    };
    void equityCurve(venue.api, range, facts, now + offsetMs).then(
      (curve) => settle({ curve }), (error: unknown) => settle({ problem: error instanceof Error ? error.message : String(error) }));
  }, [account, step, range, venue]);
  return told;
}

export function Equity({ theme }: { readonly theme: Theme }) {
  const facts = useScreen((state) => state.facts);
  const [chosen, setChosen] = useState<Range>();
  const [what, setWhat] = useState<'equity' | 'profit'>();
  const range = chosen ?? firstRange(facts, Date.now());
  const { curve, problem } = useCurve(range);
  // Where money came in or went out the equity says little about the trading.
  const shows = what ?? (curve?.points.slice(1).some(({ flows }) => flows) ? 'profit' : 'equity');
  const points = useMemo(() => (curve?.points ?? []).map(({ time, flows = [], ...point }, at) => ({
    time, value: Number(point[shows]), ...(at > 0 && flows[0] ? { mark: { text: flows[0].kind, out: flows[0].amount.startsWith('-') } } : {}),
  })), [curve, shows]);
  // The reader's own time, as everywhere on the screen; days where the steps are hours and more.
  const tickText = useCallback((time: number) => (range === '1h' || range === '1d'
    ? clockTime(time).slice(0, 5) : new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })), [range]);

  const last = curve?.points.at(-1);
  const profit = last && decimal(last.profit);
  return (
    <figure className="equity-curve" data-points={points.length} data-last={last?.equity} data-testid="equity-curve">
      <figcaption>
        <span className="intervals" role="group" aria-label="What the curve shows">
          {(['equity', 'profit'] as const).map((one) => (
            <button key={one} type="button" aria-pressed={one === shows} onClick={() => setWhat(one)}>{one === 'equity' ? 'Equity curve' : 'Profit'}</button>
          ))}
        </span>
        {profit && <span className={profit.units < 0n ? 'down' : 'up'}>{signed(about(profit, 2))} {curve?.asset}</span>}
        <span className="intervals" role="group" aria-label="How far back">
          {(Object.keys(RANGES) as Range[]).map((one) => (
            <button key={one} type="button" aria-pressed={one === range} onClick={() => setChosen(one)}>{one}</button>
          ))}
        </span>
      </figcaption>
      <LineChart
        points={points} theme={theme} tickText={tickText}
        label={last ? `${shows === 'equity' ? 'Equity' : 'Profit'} over ${points.length} points, now ${about(decimal(last[shows]), 2)} ${curve!.asset}` : 'Equity: not known yet'}
      />
      <p className="hint">
        {problem ?? 'By the ledger, at the prices of the time. The profit leaves out what came in and went out; arrows mark it.'}
        {last?.unpriced && ` Without ${last.unpriced.join(', ')}, of which no price is known.`}
      </p>
    </figure>
  );
}

/** With its sign, behind the one that says that digits were left out. */
function signed(text: string): string {
  return /^\D*-/.test(text) ? text : text.replace(/\d/, (first) => `+${first}`);
}
