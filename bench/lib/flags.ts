import { parseArgs } from 'node:util';
import type { Transport } from './job';

/** What `npm run bench:order-path` is told. */
export interface OrderPathFlags {
  /** Orders per second. */
  readonly rate: number;
  /** Seconds that are measured. */
  readonly seconds: number;
  /** Seconds before that, in which the rate grows from a tenth to all of it. */
  readonly warmup: number;
  /** API tasks behind the load balancer. */
  readonly tasks: number;
  /** Class of the system that is measured. */
  readonly system: string;
  /** What orders travel over. */
  readonly transport: Transport;
  /** Whether the services say how long each stage takes. */
  readonly stages: boolean;
  /** Only the line of JSON on standard output; everything else goes to standard error. */
  readonly json: boolean;
}

export const USAGE = `Measures the path of an order through the whole local platform: npm run -s bench:order-path -- [options]

  --rate <n>      orders per second, on a fixed schedule (default: 500; 20 for ServerlessSimulator, whose function here takes one request at a time)
  --seconds <n>   seconds that are measured (default: 30)
  --warmup <n>    seconds before that in which the rate grows to it, not measured (default: 10)
  --tasks <n>     API tasks behind the load balancer (default: 1)
  --system <c>    system that is measured (default: RealtimeSimulator)
  --transport <t> http: a request for each order; ws: all of them over one WebSocket per trader (default: http)
  --no-stages     without the time of each stage: what the looking itself costs
  --json          progress on standard error, nothing but the result on standard output
  --help          this text`;

/** Orders per second of a system that cannot do 500 on one machine. */
const DEFAULT_RATES: Readonly<Record<string, string>> = { ServerlessSimulator: '20' };

/** @returns undefined when only the usage was asked for @throws Error naming the flag that is wrong */
export function parseFlags(args: readonly string[]): OrderPathFlags | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rate: { type: 'string' },
      seconds: { type: 'string', default: '30' },
      warmup: { type: 'string', default: '10' },
      tasks: { type: 'string', default: '1' },
      system: { type: 'string', default: 'RealtimeSimulator' },
      transport: { type: 'string', default: 'http' },
      stages: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const whole = (name: 'rate' | 'seconds' | 'warmup' | 'tasks', least: number, most: number): number => {
    const text = values[name] ?? DEFAULT_RATES[values.system] ?? '500';
    if (!/^\d{1,6}$/.test(text) || Number(text) < least || Number(text) > most) {
      throw new Error(`--${name} must be a whole number from ${least} to ${most}, got: ${text}`);
    }
    return Number(text);
  };
  const { transport } = values;
  if (transport !== 'http' && transport !== 'ws') throw new Error(`--transport must be http or ws, got: ${transport}`);
  return {
    rate: whole('rate', 4, 100_000),
    seconds: whole('seconds', 1, 3_600),
    warmup: whole('warmup', 0, 600),
    tasks: whole('tasks', 1, 16),
    system: values.system,
    transport,
    stages: values.stages,
    json: values.json,
  };
}
