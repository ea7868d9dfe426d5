import { parseArgs } from 'node:util';
import { parseDay } from '../../adapters/candles/candle';
import { isStrategyName, type SettingRanges, STRATEGIES } from '../../domain/strategy';
import { type Assumptions, DEFAULT_ASSUMPTIONS, type Slippage } from '../engine/assumptions';
import { type Ranking, RANKINGS } from '../search/grid';

export const USAGE = `Runs a strategy over the past: npm run -s backtest -- --strategy <name> --data <folder> --from <day> --to <day> [options]

  --strategy <s>       ${Object.keys(STRATEGIES).join(', ')}, or the path of a file whose default export is a strategy class
  --data <folder>      folder with data/{symbol}/{year}/{month}/{day}.parquet
  --from, --to <day>   first and last day, such as 2025-12-10, both included
  --symbol <s>         instrument; again for several, which one run trades together (default: all in the folder)
  --set <name=value>   a setting of the strategy; name=from:to:step tries each value, and all settings together are a grid
  --interval <min>     minutes of a bar: 1, 5, 15, 60, 240 or 1440 (default: 1)
  --balance <amount>   money at the start (default: 100000)
  --maker-fee-ppm, --taker-fee-ppm <n>   fees in millionths (default: 1000)
  --slippage <s>       none, bps:<n>, ticks:<n> or volume-share:<bps for all of a bar's volume> (default: bps:1)
  --participation <n>  share of a bar's volume that is filled, in hundredths of a per cent; 0 for no limit (default: 1000)
  --intrabar <s>       pessimistic or path (default: pessimistic)
  --limit-fill <s>     through or touch (default: through)
  --short              sell what is not held
  --ticks              give the strategy four ticks for each bar instead of the bar
  --seed <n>           of the strategy's random numbers (default: 1)
  --rank-by <s>        what a grid ranks by: ${RANKINGS.join(', ')} (default: finalBalance)
  --walk-forward <t:n> choose settings on t days, try them on the n days after, and so on to the end
  --instruments <file> JSON list of instruments (default: as fine as the candles)
  --out <folder>       where report.json, report.html and the tables are written (default: nowhere)
  --stuck-after <s>    seconds without a bar after which a strategy of a file is ended (default: 5)
  --memory <MiB>       memory of a strategy of a file (default: 512)
  --json               progress on standard error, one line of JSON last on standard output
  --help               this text`;

export interface BacktestFlags {
  readonly strategy: string;
  readonly data: string;
  readonly from: number;
  readonly to: number;
  readonly symbols: readonly string[];
  readonly ranges: SettingRanges;
  readonly intervalMinutes: number;
  readonly balance: string;
  readonly assumptions: Omit<Assumptions, 'startUnits'>;
  readonly ticks: boolean;
  readonly seed: number;
  readonly rankBy: Ranking;
  readonly walkForward?: { readonly trainDays: number; readonly testDays: number };
  readonly instruments?: string;
  readonly out?: string;
  readonly stuckAfterMs: number;
  readonly memoryMiB: number;
  readonly json: boolean;
}

/** @returns undefined when only the usage was asked for @throws Error naming the flag that is wrong */
export function parseFlags(args: readonly string[]): BacktestFlags | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      'strategy': text, 'data': text, 'from': text, 'to': text, 'symbol': { type: 'string', multiple: true }, 'set': { type: 'string', multiple: true },
      'interval': { type: 'string', default: '1' }, 'balance': { type: 'string', default: '100000' }, 'maker-fee-ppm': text, 'taker-fee-ppm': text,
      'slippage': text, 'participation': text, 'intrabar': text, 'limit-fill': text, 'short': flag, 'ticks': flag, 'seed': { type: 'string', default: '1' },
      'rank-by': { type: 'string', default: 'finalBalance' }, 'walk-forward': text, 'instruments': text, 'out': text,
      'stuck-after': { type: 'string', default: '5' }, 'memory': { type: 'string', default: '512' }, 'json': flag, 'help': flag,
    },
  });
  if (values.help) return undefined;
  const needed = (name: 'strategy' | 'data' | 'from' | 'to'): string => values[name] ?? fail(`--${name} is missing; --help lists what there is`);
  const strategy = needed('strategy');
  if (!isStrategyName(strategy) && !/[./\\]/.test(strategy)) fail(`--strategy must be ${Object.keys(STRATEGIES).join(', ')} or a file, got: ${strategy}`);
  const data = needed('data');
  const [from, to] = (['from', 'to'] as const).map((name) => dayOf(name, needed(name)));
  if (from > to) fail(`--from must not be after --to, got: ${values.from} and ${values.to}`);
  const base = DEFAULT_ASSUMPTIONS;
  return {
    strategy, data, from, to,
    symbols: [...new Set(values.symbol ?? [])].map((symbol) => (/^[A-Z0-9]{2,16}$/.test(symbol) ? symbol : fail(`--symbol must be upper-case letters and digits, got: ${symbol}`))),
    ranges: Object.fromEntries((values.set ?? []).map(settingOf)),
    intervalMinutes: Number(oneOf('interval', values.interval, ['1', '5', '15', '60', '240', '1440'])),
    balance: /^\d{1,12}(\.\d{1,8})?$/.test(values.balance) ? values.balance : fail(`--balance must be a decimal, got: ${values.balance}`),
    assumptions: {
      ...base,
      makerFeePpm: whole('maker-fee-ppm', values['maker-fee-ppm'] ?? String(base.makerFeePpm), 0, 100_000),
      takerFeePpm: whole('taker-fee-ppm', values['taker-fee-ppm'] ?? String(base.takerFeePpm), 0, 100_000),
      slippage: values.slippage === undefined ? base.slippage : slippageOf(values.slippage),
      participationBps: whole('participation', values.participation ?? String(base.participationBps), 0, 10_000),
      intrabar: oneOf('intrabar', values.intrabar ?? base.intrabar, ['pessimistic', 'path'] as const),
      limitFill: oneOf('limit-fill', values['limit-fill'] ?? base.limitFill, ['through', 'touch'] as const),
      allowShort: values.short,
    },
    ticks: values.ticks,
    seed: whole('seed', values.seed, 0, 0xffffffff),
    rankBy: oneOf('rank-by', values['rank-by'], RANKINGS),
    ...(values['walk-forward'] === undefined ? {} : { walkForward: walkForwardOf(values['walk-forward']) }),
    instruments: values.instruments,
    out: values.out,
    stuckAfterMs: whole('stuck-after', values['stuck-after'], 1, 3_600) * 1_000,
    memoryMiB: whole('memory', values.memory, 16, 65_536),
    json: values.json,
  };
}

function fail(why: string): never {
  throw new Error(why);
}

function whole(name: string, text: string, least: number, most: number): number {
  return /^\d{1,15}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : fail(`--${name} must be a whole number from ${least} to ${most}, got: ${text}`);
}

function oneOf<T extends string>(name: string, text: string, all: readonly T[]): T {
  return all.find((one) => one === text) ?? fail(`--${name} must be one of ${all.join(', ')}, got: ${text}`);
}

function dayOf(name: string, text: string): number {
  try {
    return parseDay(text);
  } catch {
    return fail(`--${name} must be a day such as 2025-12-10, got: ${text}`);
  }
}

function settingOf(text: string): [string, SettingRanges[string]] {
  const match = /^(\w+)=(\d{1,15})(?::(\d{1,15})(?::(\d{1,15}))?)?$/.exec(text);
  if (match === null) return fail(`--set must be name=value or name=from:to:step, got: ${text}`);
  const [, name, from, to, step = '1'] = match;
  if (to === undefined) return [name, Number(from)];
  if (Number(from) > Number(to) || Number(step) === 0) fail(`--set ${name}: from must not be above to, and the step not 0, got: ${text}`);
  return [name, { from: Number(from), to: Number(to), step: Number(step) }];
}

function slippageOf(text: string): Slippage {
  if (text === 'none') return { kind: 'none' };
  const match = /^(bps|ticks|volume-share):(\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) return fail(`--slippage must be none, bps:<n>, ticks:<n> or volume-share:<n>, got: ${text}`);
  const amount = Number(match[2]);
  return match[1] === 'bps' ? { kind: 'bps', bps: amount } : match[1] === 'ticks' ? { kind: 'ticks', ticks: amount } : { kind: 'volume-share', bpsAtWhole: amount };
}

function walkForwardOf(text: string): { trainDays: number; testDays: number } {
  const match = /^([1-9]\d{0,3}):([1-9]\d{0,3})$/.exec(text);
  return match === null ? fail(`--walk-forward must be <days>:<days>, got: ${text}`) : { trainDays: Number(match[1]), testDays: Number(match[2]) };
}
