import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { Report } from './backtest-report';
import { useScreen, useVenue } from './context';
import { dateTime, Empty } from './parts';
import type { Theme } from './theme';
import { checkedBacktest, percentOf, type StrategyEntry } from '../core/backtest';
import { backtestCatalog, type BacktestReport, type BacktestRow, isActive } from '../data/backtests';

const ASK_AGAIN_MS = 700;
const DAY_MS = 86_400_000;
const INTERVALS = { 1: '1 minute', 5: '5 minutes', 15: '15 minutes', 60: '1 hour', 240: '4 hours', 1440: '1 day' } as const;
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** The account's backtests, asked for again as long as one of them is not over. */
function useBacktests() {
  const venue = useVenue();
  const [rows, setRows] = useState<readonly BacktestRow[]>();
  const [strategies, setStrategies] = useState<readonly StrategyEntry[]>([]);
  const [none, setNone] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [chosen, setChosen] = useState<string>();
  const [told, setTold] = useState<BacktestReport>();

  const read = useCallback(async (): Promise<void> => {
    const catalog = await backtestCatalog(venue.api);
    setNone(!catalog);
    if (!catalog) return;
    setRows(catalog.rows);
    setStrategies(catalog.strategies);
    setChosen((before) => before ?? catalog.rows[0]?.backtestId);
  }, [venue]);
  const act = useCallback((work: () => Promise<unknown>): void => {
    setProblem(undefined);
    void work().then(read).catch((error: unknown) => setProblem(wordsOf(error)));
  }, [read]);

  useEffect(() => {
    void read().catch((error: unknown) => setProblem(wordsOf(error)));
  }, [read]);
  const active = rows?.some(isActive) ?? false;
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => void read().catch(() => undefined), ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [active, read]);
  const state = rows?.find(({ backtestId }) => backtestId === chosen)?.status;
  useEffect(() => {
    if (chosen === undefined) return undefined;
    let current = true;
    void venue.api.get<BacktestReport>(`/v1/backtests/${chosen}`).then((report) => current && setTold(report), (error: unknown) => current && setProblem(wordsOf(error)));
    return () => {
      current = false;
    };
  }, [chosen, state, venue]);
  return { rows, strategies, none, problem, act, chosen, setChosen, told: told?.backtestId === chosen ? told : undefined };
}

export function Backtest({ theme }: { readonly theme: Theme }) {
  const venue = useVenue();
  const { rows, strategies, none, problem, act, chosen, setChosen, told } = useBacktests();
  if (none) return <Empty>This system runs no backtests. From a terminal <code>npm run backtest</code> runs one and writes its report.</Empty>;
  if (!rows) return <Empty>{problem ?? 'Reading the backtests.'}</Empty>;
  return (
    <div className="backtest">
      <div className="backtest-ask">
        <Ask strategies={strategies} onAsk={(body) => act(async () => {
          const { backtestId } = await venue.api.send<{ backtestId: string }>('POST', '/v1/backtests', body);
          setChosen(backtestId);
        })} />
        <p className="problem" role="alert">{problem}</p>
        <ul className="backtests" aria-label="Backtests">
          {rows.map((row) => (
            <li key={row.backtestId}>
              <button type="button" aria-pressed={row.backtestId === chosen} onClick={() => setChosen(row.backtestId)}>
                <span>{row.job.strategy.type} · {row.job.symbols.join(', ')}</span>
                <span className="hint">{row.status === 'succeeded' && row.summary ? percentOf(row.summary.totalReturn) : row.status}</span>
                <span className="hint">{row.job.from} to {row.job.to}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label="Report">
        {told ? <Outcome told={told} theme={theme} onCancel={() => act(() => venue.api.send('DELETE', `/v1/backtests/${told.backtestId}`))} />
          : <Empty>{rows.length === 0 ? 'No backtest yet. It tries a strategy on past candles of the market.' : 'Reading the report.'}</Empty>}
      </div>
    </div>
  );
}

function Outcome({ told, theme, onCancel }: { readonly told: BacktestReport; readonly theme: Theme; readonly onCancel: () => void }) {
  const { done, of } = told.progress;
  if (told.report) return <Report told={told} report={told.report} theme={theme} />;
  return (
    <div className="backtest-state" role="status">
      <p>
        {told.status === 'queued' && 'It waits for its turn.'}
        {told.status === 'running' && `It runs: ${done} of ${of} pieces are done.`}
        {told.status === 'cancelled' && 'It was cancelled.'}
        {told.status === 'failed' && `It failed. ${told.failure?.message ?? ''}`}
      </p>
      {isActive(told) && (
        <>
          <progress value={done} max={of} aria-label="Pieces that are done" />
          <button type="button" className="quiet danger" onClick={onCancel}>Cancel</button>
        </>
      )}
      <p className="hint">Asked for {dateTime(told.createdAt)}</p>
    </div>
  );
}

function Ask({ strategies, onAsk }: { readonly strategies: readonly StrategyEntry[]; readonly onAsk: (body: object) => void }) {
  const instruments = useScreen((state) => state.instruments);
  const symbol = useScreen((state) => state.symbol);
  const [type, setType] = useState('');
  const [wrong, setWrong] = useState<{ readonly field: string; readonly problem: string }>();
  const yesterday = dayOf(Date.now() - DAY_MS);
  const strategy = strategies.find((one) => one.type === type) ?? strategies[0];
  if (!strategy) return null;

  function ask(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const text = (name: string): string => String(data.get(name) ?? '');
    const checked = checkedBacktest({
      symbol: text('symbol'), from: text('from'), to: text('to'), intervalMinutes: text('intervalMinutes'), strategy: strategy.type,
      settings: Object.fromEntries(strategy.settings.map(({ name }) => [name, text(`set-${name}`)])), startBalance: text('startBalance'), fee: text('fee'),
    }, strategy, yesterday);
    if ('problem' in checked) return setWrong(checked);
    setWrong(undefined);
    onAsk(checked.body);
  }
  const invalid = (field: string) => (wrong?.field === field ? { 'aria-invalid': true, 'aria-describedby': 'backtest-problem' } : {});

  return (
    <form onSubmit={ask} aria-label="New backtest" noValidate>
      <div className="fields">
        <label>
          Strategy
          <select name="strategy" value={strategy.type} onChange={(event) => setType(event.target.value)}>
            {strategies.map((one) => <option key={one.type}>{one.type}</option>)}
          </select>
        </label>
        <label>
          Instrument
          <select name="symbol" key={symbol} defaultValue={symbol}>{instruments.map((one) => <option key={one.symbol}>{one.symbol}</option>)}</select>
        </label>
        <label>From<input type="date" name="from" max={yesterday} defaultValue={dayOf(Date.now() - 7 * DAY_MS)} {...invalid('from')} /></label>
        <label>To<input type="date" name="to" max={yesterday} defaultValue={yesterday} {...invalid('to')} /></label>
        <label>
          Bars of
          <select name="intervalMinutes" defaultValue="5">
            {Object.entries(INTERVALS).map(([minutes, words]) => <option key={minutes} value={minutes}>{words}</option>)}
          </select>
        </label>
        <label>Fee in per cent<input name="fee" inputMode="decimal" defaultValue="0.1" {...invalid('fee')} /></label>
        <label>Starting balance<input name="startBalance" inputMode="decimal" defaultValue="100000" {...invalid('startBalance')} /></label>
        {strategy.settings.map((rule) => (
          <label key={`${strategy.type}/${rule.name}`} title={rule.meaning}>
            {rule.name}
            <input name={`set-${rule.name}`} defaultValue={rule.otherwise} autoComplete="off" {...invalid(rule.name)} />
          </label>
        ))}
      </div>
      <p className="hint">{strategy.settings.map(({ name, meaning }) => `${name}: ${meaning}`).join('; ')}. A range such as 5-50/5 is searched.</p>
      <p className="problem" id="backtest-problem" role="alert">{wrong?.problem}</p>
      <div className="row-actions"><button className="primary">Run backtest</button></div>
    </form>
  );
}
