/** What `npm run rebuild-core` understands. */
import { parseArgs } from 'node:util';
import { ConfigurationError } from '../../runtime';

const text = { type: 'string' } as const;

export const OPTIONS = {
  'ledger-url': text,
  'snapshot-bucket': text,
  'lease-table': text,
  'lease-database': text,
  'settlement-queue': text,
  'partition': { ...text, default: '0' },
  'window-seconds': { ...text, default: '3600' },
  'core-version': text,
  'journal-after': text,
  'journal-stream': text,
  'journal-consumer': text,
  'cache-url': text,
  'report': text,
  'apply': { type: 'boolean', default: false },
  'help': { type: 'boolean', default: false },
} as const;

export const HELP = `Builds the core of a partition out of its ledger, for a region that takes over from a lost one.

  --ledger-url <url>             postgresql://recovery@host:port/trading, the promoted ledger (IAM sign-in)
  --snapshot-bucket <name>       where the matchers of this region look for snapshots
  --lease-table <name>           lease table of this region
  --lease-database <url>         instead of it, the database with the leases: postgresql://matcher@host:port/trading
  --settlement-queue <url>       settlement queue of this region
  --partition <n>                default 0
  --window-seconds <n>           idempotency window of the lost core, default 3600
  --core-version <n>             behaviour of the lost core where the ledger does not say, default the newest here
  --journal-after <position>     last record of this region's journal that is not to be applied; without it the journal must be empty
  --journal-stream <name>        journal of the lost region, if it can still be read, for the report
  --journal-consumer <arn>       enhanced fan-out consumer to read it with; its region is the journal's
  --cache-url <rediss://…>       cache of the lost region, if it can still be read; its token in CACHE_AUTH_TOKEN
  --report <file>                where the report goes, default standard output
  --apply                        writes; without it only the report is made

No matcher of this region may lead meanwhile: they are stopped, or wait for the snapshot (SNAPSHOT_REQUIRED).`;

/** The flags of one call, checked. */
export interface Flags {
  readonly ledgerUrl: string;
  readonly snapshotBucket: string;
  readonly settlementQueue: string;
  readonly lease: { readonly table: string } | { readonly url: string };
  readonly partition: number;
  readonly windowSeconds: number;
  readonly coreVersion?: number;
  readonly journalAfter?: string;
  readonly journal?: { readonly stream: string; readonly consumerArn: string };
  readonly cacheUrl?: string;
  readonly report?: string;
  readonly apply: boolean;
}

/**
 * Reads the flags.
 *
 * @returns undefined when help is asked for
 * @throws ConfigurationError that names everything that is missing or wrong
 */
export function readFlags(args: readonly string[]): Flags | undefined {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    throw new ConfigurationError(`rebuild-core cannot start: ${(error as Error).message}; --help names all flags`);
  }
  if (values.help) return undefined;
  const faults: string[] = [];
  const given = (name: 'ledger-url' | 'snapshot-bucket' | 'settlement-queue'): string => {
    const value = values[name] ?? '';
    if (value === '') faults.push(`--${name} is missing`);
    return value;
  };
  const whole = (name: 'partition' | 'window-seconds' | 'core-version', value: string): number => {
    if (!/^\d{1,9}$/.test(value)) faults.push(`--${name} must be a whole number, got ${JSON.stringify(value)}`);
    return Number(value);
  };
  const database = (name: 'ledger-url' | 'lease-database', value: string): string => {
    const url = URL.parse(value);
    if (value !== '' && (url?.protocol !== 'postgresql:' || url.username === '' || url.password !== '')) {
      faults.push(`--${name} must be postgresql://<role>@<host>:<port>/<database> without a password, got ${JSON.stringify(value.replace(/:[^:@/]*@/, ':***@'))}`);
    }
    return value;
  };
  const { 'lease-table': table, 'lease-database': leaseUrl, 'core-version': version, 'journal-stream': stream, 'journal-consumer': consumerArn } = values;
  if ((table === undefined) === (leaseUrl === undefined)) faults.push('the lease is in one place: give either --lease-table or --lease-database');
  if (consumerArn !== undefined && stream === undefined) faults.push('--journal-consumer belongs to --journal-stream, which is missing');
  const flags: Flags = {
    ledgerUrl: database('ledger-url', given('ledger-url')),
    snapshotBucket: given('snapshot-bucket'),
    settlementQueue: given('settlement-queue'),
    lease: leaseUrl === undefined ? { table: table ?? '' } : { url: database('lease-database', leaseUrl) },
    partition: whole('partition', values.partition),
    windowSeconds: whole('window-seconds', values['window-seconds']),
    ...(version === undefined ? {} : { coreVersion: whole('core-version', version) }),
    journalAfter: values['journal-after'],
    ...(stream === undefined ? {} : { journal: { stream, consumerArn: consumerArn ?? '' } }),
    cacheUrl: values['cache-url'],
    report: values.report,
    apply: values.apply,
  };
  if (faults.length > 0) throw new ConfigurationError(`rebuild-core cannot start: ${faults.join('; ')}; --help says more`);
  return flags;
}

const parse = (args: readonly string[]) => parseArgs({ args: [...args], options: OPTIONS }).values;
