import { parseArgs } from 'node:util';

/** What `npm run bench:takeover` is told. */
export interface TakeoverFlags {
  /** Orders per second. */
  readonly rate: number;
  /** Takeovers of each kind. */
  readonly rounds: number;
  /** Seconds before the first one in which the rate grows. */
  readonly warmup: number;
  /** Class of the system that is measured. */
  readonly system: string;
  readonly json: boolean;
}

export const USAGE = `Ends the leading matcher of the local platform under load, again and again, and measures how long clients wait
for the first fill of its standby: npm run -s bench:takeover -- [options]

  --rate <n>      orders per second, on a fixed schedule (default: 500)
  --rounds <n>    takeovers after kill -9, and as many after SIGTERM (default: 20)
  --warmup <n>    seconds before the first in which the rate grows (default: 10)
  --system <c>    system that is measured (default: RealtimeSimulator)
  --json          progress on standard error, nothing but the result on standard output
  --help          this text`;

/** @returns undefined when only the usage was asked for @throws Error naming the flag that is wrong */
export function parseTakeoverFlags(args: readonly string[]): TakeoverFlags | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rate: { type: 'string', default: '500' },
      rounds: { type: 'string', default: '20' },
      warmup: { type: 'string', default: '10' },
      system: { type: 'string', default: 'RealtimeSimulator' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const whole = (name: 'rate' | 'rounds' | 'warmup', least: number, most: number): number => {
    const text = values[name];
    if (!/^\d{1,6}$/.test(text) || Number(text) < least || Number(text) > most) {
      throw new Error(`--${name} must be a whole number from ${least} to ${most}, got: ${text}`);
    }
    return Number(text);
  };
  return { rate: whole('rate', 4, 100_000), rounds: whole('rounds', 1, 1_000), warmup: whole('warmup', 0, 600), system: values.system, json: values.json };
}
