import type { Report, ReportMetrics } from './report';
import { STYLE } from './style';
import { escape, heatMap, histogram, lineChart, type Point } from './svg';
import type { SearchSummary, WalkForwardSummary } from '../search/summary';

/** A report with what a search around it found. */
export interface FullReport extends Report {
  readonly search?: SearchSummary;
  readonly walkForward?: WalkForwardSummary;
}

/** Positions on the page; the table of all lies beside it. */
const SHOWN_TRADES = 100;

const percent = (value: number | null, digits = 2): string => (value === null ? '–' : `${(value * 100).toFixed(digits)} %`);
const ratio = (value: number | null): string => (value === null ? '–' : value.toFixed(2));
const tone = (value: number): string => (value > 0 ? ' class="good"' : value < 0 ? ' class="bad"' : '');

/** Money to two decimals with separators; what is smaller than a cent does not help a reader. */
function money(decimal: string | null, currency: string): string {
  return decimal === null ? '–' : `${Number(decimal).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}`;
}

/** One page with everything in it: no script, nothing fetched. */
export function htmlOf(report: FullReport): string {
  const { spec, metrics, currency } = report;
  const settings = settingsText(spec.strategy.settings);
  const title = `${spec.strategy.name} on ${spec.symbols.join(', ')}`;
  const equity = report.equity.map(([day, balance]): Point => ({ time: Date.parse(day), value: Number(balance) }));
  const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 4 });
  const profits = report.trades.flatMap(({ profit }) => (profit === undefined ? [] : [Number(profit)]));
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">',
    `<title>${escape(title)}</title><style>${STYLE}</style></head><body><main>`,
    `<header><h1>${escape(title)}</h1><p>${escape(spec.from)} to ${escape(spec.to)} · bars of ${spec.intervalMinutes} min · ${escape(settings)}</p></header>`,
    ...notices(report),
    tiles(report),
    `<section><h2>Equity</h2>${lineChart(equity, { height: 300, label: 'equity', format: (value) => compact.format(value), rule: Number(report.startBalance), className: 'equity' })}`,
    `<h3>Drawdown</h3>${lineChart(drawdownOf(equity, Number(report.startBalance)), { height: 130, label: 'drawdown', format: (value) => percent(value, 0), baseline: 0, className: 'drawdown' })}</section>`,
    report.walkForward === undefined ? '' : walkForwardSection(report.walkForward, currency),
    report.search === undefined ? '' : searchSection(report.search, currency),
    `<section><h2>Figures</h2><dl>${figures(metrics, report).map(([name, value]) => `<div><dt>${name}</dt><dd>${escape(value)}</dd></div>`).join('')}</dl></section>`,
    profits.length === 0 ? '' : `<section><h2>Profit of each trade</h2>${histogram(profits, { height: 150, label: 'profits', format: (value) => compact.format(value) })}</section>`,
    tradesSection(report),
    `<section><h2>What this rests on</h2><ul>${report.assumptionsInWords.map((one) => `<li>${escape(one)}</li>`).join('')}</ul>${dataTable(report)}</section>`,
    `<footer><p>Result ${escape(report.resultHash)}<br>Data ${escape(report.dataDigest)}<br>Engine ${report.engineVersion}, seed ${spec.seed}. The same data, settings and seed give the same result.</p></footer>`,
    '</main></body></html>',
  ].join('\n');
}

function notices({ fault, data, cutOrders, openPositions }: Report): string[] {
  const missing = data.flatMap(({ symbol, missingDays, incompleteDays }) => [
    ...(missingDays.length === 0 ? [] : [`${symbol}: ${missingDays.length} days without data (${listed(missingDays)}).`]),
    ...(incompleteDays.length === 0 ? [] : [`${symbol}: ${incompleteDays.length} incomplete days (${listed(incompleteDays.map(({ day, candles, expected }) => `${day} with ${candles} of ${expected}`))}).`]),
  ]);
  const notes = [
    ...missing,
    ...(cutOrders === 0 ? [] : [`${cutOrders} orders were larger than the account could bear, and cut.`]),
    ...(openPositions.length === 0 ? [] : [`Still held at the end, at the last price: ${openPositions.map(({ symbol, quantity }) => `${quantity} ${symbol}`).join(', ')}.`]),
  ];
  return [
    ...(fault === undefined ? [] : [`<p class="notice stopped"><strong>Stopped at ${escape(fault.time)}.</strong> ${escape(fault.message)} (${escape(fault.code)}). What follows is what was until then.</p>`]),
    ...(notes.length === 0 ? [] : [`<p class="notice">${notes.map(escape).join('<br>')}</p>`]),
  ];
}

function tiles({ metrics, finalBalance, currency, buyAndHoldReturn }: Report): string {
  const all: [string, string, string][] = [
    ['Return', percent(metrics.totalReturn), tone(metrics.totalReturn)], [`Final balance, ${currency}`, money(finalBalance, '').trim(), ''],
    ['Bought and held', percent(buyAndHoldReturn), tone(buyAndHoldReturn)], ['Sharpe', ratio(metrics.sharpe), ''], ['Drawdown', percent(metrics.maxDrawdown), ''],
    ['Trades', String(metrics.trades), ''],
  ];
  return `<div class="tiles">${all.map(([name, value, extra]) => `<div><span>${escape(name)}</span><strong${extra}>${escape(value)}</strong></div>`).join('')}</div>`;
}

function figures(metrics: ReportMetrics, report: Report): [string, string][] {
  const { currency } = report;
  return [
    ['Starting balance', money(report.startBalance, currency)], ['Yearly return (CAGR)', percent(metrics.cagr)], ['Sortino', ratio(metrics.sortino)], ['Calmar', ratio(metrics.calmar)],
    ['Longest drawdown', `${metrics.longestDrawdownDays.toFixed(1)} days`], ['Win rate', percent(metrics.winRate, 1)], ['Profit factor', ratio(metrics.profitFactor)],
    ['Average win', money(metrics.averageWin, currency)], ['Average loss', money(metrics.averageLoss, currency)], ['Time in the market', percent(metrics.exposure, 1)],
    ['Fees', money(metrics.fees, currency)], ['Fills', String(metrics.fills)], ['Orders', `${report.orders}, ${report.cutOrders} cut`], ['Bars', report.bars.toLocaleString('en-US')],
  ];
}

function tradesSection({ trades, metrics, currency }: Report): string {
  if (trades.length === 0) return '<section><h2>Trades</h2><p class="muted">None.</p></section>';
  const shown = trades.slice(-SHOWN_TRADES).reverse();
  const when = (time?: string): string => (time === undefined ? 'open' : time.slice(0, 16).replace('T', ' '));
  const rows = shown.map(({ symbol, direction, entryTime, exitTime, quantity, entryPrice, exitPrice, fee, profit }) => (
    `<tr><td>${escape(symbol)}</td><td>${direction}</td><td>${when(entryTime)}</td><td>${when(exitTime)}</td><td class="number">${escape(quantity)}</td><td class="number">${entryPrice}</td>`
    + `<td class="number">${exitPrice ?? ''}</td><td class="number">${Number(fee).toFixed(2)}</td><td class="number"><span${tone(Number(profit ?? 0))}>${profit === undefined ? '' : Number(profit).toFixed(2)}</span></td></tr>`));
  const note = metrics.trades > shown.length ? `<p class="muted">The last ${shown.length} of ${metrics.trades}; all are in trades.csv.</p>` : '';
  return `<section><h2>Trades</h2>${note}<div class="wide"><table><thead><tr><th>Symbol</th><th></th><th>In</th><th>Out</th><th class="number">Quantity</th><th class="number">Entry</th><th class="number">Exit</th>`
    + `<th class="number">Fee</th><th class="number">Profit, ${escape(currency)}</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function searchSection({ points, stopped, rankBy, best, heat }: SearchSummary, currency: string): string {
  // What is the same everywhere is in the heading.
  const all = Object.keys(best[0]?.settings ?? {});
  const names = all.filter((name) => new Set(best.map(({ settings }) => settings[name])).size > 1);
  const isSeveral = best.some(({ symbols }) => symbols !== undefined);
  const rows = best.map((one) => `<tr>${isSeveral ? `<td>${escape(one.symbols?.join(', ') ?? '')}</td>` : ''}${names.map((name) => `<td class="number">${one.settings[name]}</td>`).join('')}<td class="number">${money(one.finalBalance, currency)}</td>`
    + `<td class="number"><span${tone(one.totalReturn)}>${percent(one.totalReturn)}</span></td><td class="number">${ratio(one.sharpe)}</td><td class="number">${percent(one.maxDrawdown)}</td><td class="number">${one.trades}</td></tr>`);
  const note = `${points} settings were tried, ranked by ${rankBy}${stopped === 0 ? '' : `; ${stopped} were stopped`}. The best of many looks better than it is: try it on days that it has not seen.`;
  return `<section><h2>Search</h2><p class="muted">${escape(note)}</p>${heat === undefined ? '' : heatMap(heat.x, heat.y, heat.returns, (value) => percent(value))}`
    + `<div class="wide"><table><thead><tr>${isSeveral ? '<th>Symbol</th>' : ''}${names.map((name) => `<th class="number">${escape(name)}</th>`).join('')}<th class="number">Final balance</th><th class="number">Return</th><th class="number">Sharpe</th>`
    + `<th class="number">Drawdown</th><th class="number">Trades</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function walkForwardSection({ trainDays, testDays, windows, efficiency, totalReturn, finalBalance }: WalkForwardSummary, currency: string): string {
  const rows = windows.map(({ train, test, settings, trainReturn, testReturn }) => (
    `<tr><td>${train.join(' – ')}</td><td>${test.join(' – ')}</td><td>${escape(settingsText(settings))}</td>`
    + `<td class="number">${percent(trainReturn)}</td><td class="number"><span${tone(testReturn)}>${percent(testReturn)}</span></td></tr>`));
  return `<section><h2>Walk forward</h2><p class="muted">Settings chosen on ${trainDays} days, tried on the ${testDays} days after. Together ${percent(totalReturn)}, ${money(finalBalance, currency)}. `
    + `${efficiency === null ? 'The days that chose them lost money themselves.' : `The days after kept ${percent(efficiency, 0)} of what the days that chose them earned.`}</p>`
    + `<div class="wide"><table><thead><tr><th>Chosen on</th><th>Tried on</th><th>Settings</th><th class="number">There</th><th class="number">Return</th></tr></thead><tbody>${rows.join('')}</tbody></table></div></section>`;
}

function dataTable({ data }: Report): string {
  const rows = data.map(({ symbol, bars, missingDays, incompleteDays, roundedPrices }) => (
    `<tr><td>${escape(symbol)}</td><td class="number">${bars.toLocaleString('en-US')}</td><td class="number">${missingDays.length}</td><td class="number">${incompleteDays.length}</td><td class="number">${roundedPrices}</td></tr>`));
  return `<div class="wide"><table><thead><tr><th>Data</th><th class="number">Bars</th><th class="number">Missing days</th><th class="number">Incomplete days</th><th class="number">Rounded prices</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function drawdownOf(equity: readonly Point[], start: number): Point[] {
  let best = start;
  return equity.map(({ time, value }) => {
    best = Math.max(best, value);
    return { time, value: value / best - 1 };
  });
}

/** What is switched off needs no words. */
function settingsText(settings: Readonly<Record<string, number>>): string {
  return Object.entries(settings).filter(([name, value]) => value !== 0 || !['lots', 'short'].includes(name)).map(([name, value]) => `${name} ${value}`).join(', ');
}

function listed(all: readonly string[]): string {
  return all.length <= 3 ? all.join(', ') : `${all.slice(0, 3).join(', ')} and ${all.length - 3} more`;
}
