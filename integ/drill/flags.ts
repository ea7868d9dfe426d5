import { parseArgs } from 'node:util';
import { DrillError } from './fault';

/** What `npm run drill:local` is told. */
export interface LocalFlags {
  readonly rate: number;
  readonly rounds: number;
  readonly tasks: number;
  readonly holdSeconds: number;
  /** Names of the faults; undefined for all. */
  readonly faults?: readonly string[];
  /** Whether the drill also proves that it finds a variant that loses orders. */
  readonly broken: boolean;
  /** Folder that takes the results. */
  readonly out: string;
  readonly json: boolean;
}

export const LOCAL_USAGE = `Breaks parts of the local platform under load, one after the other, and measures what clients feel and what the
ledger keeps: npm run -s drill:local -- [options]

  --rate <n>       orders per second, on a fixed schedule (default: 200)
  --rounds <n>     times that each fault is injected (default: 5)
  --faults <a,b>   some faults alone (default: all)
  --tasks <n>      API processes behind the load balancer (default: 2)
  --hold <n>       seconds that something stays frozen or away (default: 3)
  --no-broken      leaves out the proof that a variant which loses orders is caught
  --out <folder>   takes drill.json, junit.xml and drill.svg (default: reports/tmp/drill-local)
  --json           progress on standard error, nothing but the result on standard output
  --help           this text`;

/** @returns undefined when only the usage was asked for @throws DrillError naming the flag that is wrong */
export function parseLocalFlags(args: readonly string[]): LocalFlags | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rate: { type: 'string', default: '200' },
      rounds: { type: 'string', default: '5' },
      faults: { type: 'string' },
      tasks: { type: 'string', default: '2' },
      hold: { type: 'string', default: '3' },
      broken: { type: 'boolean', default: true },
      out: { type: 'string', default: 'reports/tmp/drill-local' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    rate: wholeNumber('--rate', values.rate, 4, 5_000),
    rounds: wholeNumber('--rounds', values.rounds, 1, 1_000),
    tasks: wholeNumber('--tasks', values.tasks, 1, 16),
    holdSeconds: wholeNumber('--hold', values.hold, 1, 60),
    faults: values.faults?.split(','),
    broken: values.broken,
    out: values.out,
    json: values.json,
  };
}

/** @throws DrillError naming the flag */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new DrillError(`${name} must be a whole number from ${least} to ${most}, got: ${text}`);
  }
  return Number(text);
}
