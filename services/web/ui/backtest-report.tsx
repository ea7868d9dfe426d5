import { useMemo } from 'react';
import { LineChart } from './line-chart';
import type { Theme } from './theme';
import { numberOf, percentOf } from '../core/backtest';
import { about, decimal, shown } from '../core/decimal';
import type { BacktestReport, Report as ReportFacts } from '../data/backtests';

const DAY_MS = 86_400_000;
const TRADES_SHOWN = 100;
// Days of a backtest are days of UTC, and stay so.
const dayText = (time: number): string => new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const minute = (time: string | undefined): string => time?.slice(0, 16).replace('T', ' ') ?? 'open';

export function Report({ told, report, theme }: { readonly told: BacktestReport; readonly report: ReportFacts; readonly theme: Theme }) {
  const { metrics, currency, spec } = report;
  const points = useMemo(() => {
    const days = report.equity.map(([day, balance]) => ({ time: Date.parse(day) + DAY_MS, value: Number(balance) }));
    // Balances are those of a day's end; before the first there is what it began with.
    return days.length === 0 ? [] : [{ time: days[0].time - DAY_MS, value: Number(report.startBalance) }, ...days];
  }, [report]);
  const facts: readonly (readonly [string, string])[] = [
    ['Return', percentOf(metrics.totalReturn)],
    ['Buy and hold', percentOf(report.buyAndHoldReturn)],
    ['Final balance', `${about(decimal(report.finalBalance), 2)} ${currency}`],
    ['Deepest drawdown', percentOf(-metrics.maxDrawdown)],
    ['Sharpe ratio', numberOf(metrics.sharpe)],
    ['Sortino ratio', numberOf(metrics.sortino)],
    ['Trades', String(metrics.trades)],
    ['Winners', percentOf(metrics.winRate).replace('+', '')],
    ['Profit factor', numberOf(metrics.profitFactor)],
    ['In the market', percentOf(metrics.exposure).replace('+', '')],
    ['Fees', `${about(decimal(metrics.fees), 2)} ${currency}`],
  ];
  const settings = Object.entries(spec.strategy.settings).map(([name, value]) => `${name} ${value}`).join(', ');
  return (
    <article className="report" data-testid="backtest-report">
      <header>
        <h3>{spec.strategy.name} on {told.job.symbols.join(', ')}</h3>
        <p className="hint">{told.job.from} to {told.job.to}{settings === '' ? '' : ` · ${settings}`}</p>
        {told.html && <a href={told.html.url} target="_blank" rel="noreferrer noopener">Whole report</a>}
      </header>
      {report.fault && <p className="problem">The strategy was stopped: {report.fault.message}</p>}
      <div className="report-parts">
        <div className="report-chart">
          <LineChart points={points} theme={theme} tickText={dayText} label={`Balance over ${report.equity.length} days, at the end ${shown(report.finalBalance)} ${currency}`} />
        </div>
        <dl className="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      </div>
      {report.trades.length > 0 && (
        <table className="wide">
          <caption className="hint">{report.trades.length > TRADES_SHOWN ? `The last ${TRADES_SHOWN} of ${metrics.trades} trades` : 'Trades'}, times in UTC</caption>
          <thead>
            <tr>{['Bought or sold', 'Entry', 'Exit', 'Quantity', 'Entry price', 'Exit price', 'Profit'].map((name) => <th key={name} scope="col">{name}</th>)}</tr>
          </thead>
          <tbody>
            {report.trades.slice(-TRADES_SHOWN).reverse().map((trade, at) => (
              <tr key={at}>
                <td className={trade.direction === 'long' ? 'up' : 'down'}>{trade.direction}</td>
                <td>{minute(trade.entryTime)}</td>
                <td>{minute(trade.exitTime)}</td>
                <td>{shown(trade.quantity)}</td>
                <td>{shown(String(trade.entryPrice))}</td>
                <td>{trade.exitPrice === undefined ? '–' : shown(String(trade.exitPrice))}</td>
                <td className={trade.profit?.startsWith('-') ? 'down' : 'up'}>{trade.profit === undefined ? '–' : shown(trade.profit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="hint">{report.assumptionsInWords.join(' ')}</p>
    </article>
  );
}
