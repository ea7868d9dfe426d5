import { backtest, type Progress } from './backtest';
import { parseFlags, USAGE } from './flags';

async function main(): Promise<void> {
  const flags = parseFlags(process.argv.slice(2));
  if (flags === undefined) return console.log(USAGE);
  const { report, barsRun, runMs, files } = await backtest(flags, bar());
  const { status, fault, spec, metrics, resultHash, finalBalance, currency, data } = report;
  const barsPerSecond = Math.round(barsRun / Math.max(runMs, 0.001) * 1_000);
  if (!flags.json) {
    const percent = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(2)} %`);
    if (fault !== undefined) console.log(`stopped at ${fault.time}: ${fault.message}`);
    for (const { symbol, missingDays, incompleteDays } of data) {
      if (missingDays.length + incompleteDays.length > 0) console.log(`${symbol}: ${missingDays.length} days without data, ${incompleteDays.length} incomplete`);
    }
    console.log(`${spec.strategy.name} ${JSON.stringify(spec.strategy.settings)} on ${spec.symbols.join(', ')}, ${spec.from} to ${spec.to}`);
    console.log(`  final balance ${finalBalance} ${currency}, return ${percent(metrics.totalReturn)}, bought and held ${percent(report.buyAndHoldReturn)}`);
    console.log(`  Sharpe ${metrics.sharpe?.toFixed(2) ?? '–'}, deepest drawdown ${percent(metrics.maxDrawdown)}, ${metrics.trades} trades, won ${percent(metrics.winRate)}, fees ${metrics.fees}`);
    for (const one of report.search?.best.slice(0, 5) ?? []) console.log(`  ${JSON.stringify(one.settings)} ${one.finalBalance}`);
    if (report.walkForward !== undefined) console.log(`  walk forward: ${report.walkForward.windows.length} windows, return ${percent(report.walkForward.totalReturn)}`);
    for (const one of report.assumptionsInWords) console.log(`  · ${one}`);
    console.log(`  ${barsRun} bars at ${(barsPerSecond / 1e6).toFixed(1)} M/s; result ${resultHash}`);
    for (const file of files) console.log(`  ${file}`);
  }
  if (flags.json) {
    const { equity: _equity, trades: _trades, assumptionsInWords: _words, ...rest } = report;
    console.log(JSON.stringify({ ...rest, barsRun, barsPerSecond, files }));
  }
  if (status === 'stopped') process.exitCode = 2;
}

/** A line on standard error that is written over; nothing where nobody watches. */
function bar(): Progress {
  if (!process.stderr.isTTY) return () => undefined;
  let last = 0;
  return (done, of, what) => {
    const now = performance.now();
    if (done < of && now - last < 100) return;
    last = now;
    const filled = Math.round(30 * done / of);
    process.stderr.write(`\r${'█'.repeat(filled)}${'░'.repeat(30 - filled)} ${what} ${done} of ${of}  ${done === of ? '\n' : ''}`);
  };
}

main().catch((error: unknown) => {
  const { code = 'invalid_request', message } = error as { code?: string; message: string };
  if (process.argv.includes('--json')) console.log(JSON.stringify({ error: { code, message } }));
  console.error(message);
  process.exitCode = 1;
});
