import { parseArgs } from 'node:util';
import { DrillError } from '../drill/fault';
import { wholeNumber } from '../drill/flags';
import { SYSTEM_OBJECTIVES } from '../drill/objectives';

/** Faults on AWS, and whether they stand for the loss of a zone or of the region: which objective they are held against. */
export const AWS_FAULTS = {
  'aurora-failover': 'zone', 'cache-failover': 'zone', 'zone-tasks': 'zone', 'zone-power': 'zone', 'zonal-shift': 'zone',
  'global-switchover': 'region', 'global-failover': 'region',
} as const;
export type AwsFaultName = keyof typeof AWS_FAULTS;

/** What `npm run drill:aws` is told. */
export interface AwsFlags {
  readonly system: string;
  readonly fault: AwsFaultName;
  readonly account: string;
  readonly region: string;
  readonly secondaryRegion?: string;
  readonly stacks: readonly string[];
  readonly url: string;
  /** Logical id of the resource that is struck, where the stacks have several. */
  readonly resource?: string;
  readonly zone?: string;
  readonly zoneId?: string;
  readonly nodeGroup: string;
  readonly acceptDataLoss: boolean;
  readonly rate: number;
  readonly rounds: number;
  readonly holdSeconds: number;
  readonly out: string;
  readonly json: boolean;
}

export const AWS_USAGE = `Breaks a part of a deployed system under load and measures what clients feel and what the ledger keeps. Touches nothing
unless every stack is tagged cdk-trading-platform:drills = allowed. npm run -s drill:aws -- [options]

  --system <class>      such as MultiRegionExchange: whose recovery objective counts
  --fault <name>        ${Object.keys(AWS_FAULTS).join(', ')}
  --account <id>        account that the stacks must belong to
  --region <name>       region of the stacks; the primary one of a global database
  --secondary-region    the other region of a global database
  --stacks <a,b>        stacks that may be broken
  --url <https url>     the public door of the system
  --resource <id>       logical id of what is struck, where the stacks have several of its kind
  --zone <name>         zone-tasks: such as us-east-1a
  --zone-id <id>        zonal-shift: such as use1-az1
  --node-group <id>     cache-failover (default: 0001)
  --accept-data-loss    global-failover: what was not replicated is gone
  --rate <n>            orders per second (default: 50)
  --rounds <n>          times that the fault is injected (default: 1)
  --hold <n>            seconds that traffic stays shifted (default: 120)
  --out <folder>        takes the results (default: reports/tmp/drill-aws)
  --json                progress on standard error, nothing but the result on standard output
  --help                this text

DRILL_TRADER_1 and DRILL_TRADER_2 hold username:password of two traders with funds that last; credentials for AWS come from where the
AWS SDK finds them.`;

/** @returns undefined when only the usage was asked for @throws DrillError naming every flag that is wrong or missing */
export function parseAwsFlags(args: readonly string[]): AwsFlags | undefined {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      'system': text, 'fault': text, 'account': text, 'region': text, 'secondary-region': text, 'stacks': text, 'url': text, 'resource': text, 'zone': text, 'zone-id': text,
      'node-group': { type: 'string', default: '0001' }, 'accept-data-loss': { type: 'boolean', default: false },
      'rate': { type: 'string', default: '50' }, 'rounds': { type: 'string', default: '1' }, 'hold': { type: 'string', default: '120' },
      'out': { type: 'string', default: 'reports/tmp/drill-aws' }, 'json': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const wrong: string[] = [];
  const check = (holds: boolean, sentence: string): void => { if (!holds) wrong.push(sentence); };
  const { system = '', fault = '', account = '', region = '', stacks = '', url = '' } = values;
  check(system in SYSTEM_OBJECTIVES, `--system must be one of ${Object.keys(SYSTEM_OBJECTIVES).join(', ')}, got: ${system}`);
  check(fault in AWS_FAULTS, `--fault must be one of ${Object.keys(AWS_FAULTS).join(', ')}, got: ${fault}`);
  check(/^\d{12}$/.test(account), `--account must be the 12 digits of an account, got: ${account}`);
  check(/^[a-z]{2}(-[a-z]+)+-\d$/.test(region), `--region must be a region such as us-east-1, got: ${region}`);
  check(stacks !== '', '--stacks must name the stacks that may be broken');
  check(url.startsWith('https://'), `--url must begin with https://, got: ${url}`);
  check(!fault.startsWith('global-') || values['secondary-region'] !== undefined, `${fault} needs --secondary-region`);
  check(fault !== 'zone-tasks' || values.zone !== undefined, 'zone-tasks needs --zone');
  check(fault !== 'zonal-shift' || values['zone-id'] !== undefined, 'zonal-shift needs --zone-id');
  check(AWS_FAULTS[fault as AwsFaultName] !== 'region' || SYSTEM_OBJECTIVES[system]?.region !== undefined, `${system} has no objective for the loss of its region`);
  if (wrong.length > 0) throw new DrillError(wrong.join('\n'));
  return {
    system, fault: fault as AwsFaultName, account, region, secondaryRegion: values['secondary-region'], stacks: stacks.split(','), url, resource: values.resource,
    zone: values.zone, zoneId: values['zone-id'], nodeGroup: values['node-group'], acceptDataLoss: values['accept-data-loss'],
    rate: wholeNumber('--rate', values.rate, 4, 5_000), rounds: wholeNumber('--rounds', values.rounds, 1, 20), holdSeconds: wholeNumber('--hold', values.hold, 1, 1_200),
    out: values.out, json: values.json,
  };
}
