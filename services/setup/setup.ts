import { Client, type ClientConfig } from 'pg';
import type { JournalWriter } from '../adapters/journal/journal';
import { type Command, CORE_VERSION, encodeCommand, encodeCommandBatch, type InstrumentSpec, PartitionMap } from '../domain';
import { ConfigurationError, type Logger } from '../runtime';
import { migrateLedger } from './migrate';

/** What a run of setup did. */
export interface SetupSummary {
  /** Migrations that were applied now. */
  readonly migrations: readonly string[];
  /** Symbols whose configuration was appended to the journal now. */
  readonly appended: readonly string[];
  /** Partitions of which the ledger has no event: their journal begins with the behaviour of the core. */
  readonly begun: readonly number[];
  /** Symbols that the ledger has in this version or a later one. */
  readonly unchanged: readonly string[];
}

export interface SetupOptions {
  readonly admin: ClientConfig;
  readonly journal: JournalWriter;
  readonly instruments: readonly InstrumentSpec[];
  /** Default: everything on partition 0. */
  readonly map?: PartitionMap;
  /** Partitions that this ledger holds: only their instruments are configured. Default: all of the map. */
  readonly partitions?: readonly number[];
  readonly logger: Logger;
}

/** What a ledger has of an instrument. */
interface Known {
  readonly version: number;
  readonly partition: number;
}

/**
 * Brings a system from any earlier state to the configured one: migrates the ledger, then appends the instruments that it does not
 * have yet, each to the partition that trades it. May run again at any time; what was appended but not settled is appended once more,
 * which the core ignores by version.
 *
 * @throws ConfigurationError when an instrument would change its partition; then nothing was appended
 */
export async function setUp(options: SetupOptions): Promise<SetupSummary> {
  const { admin, journal, instruments, map = PartitionMap.SINGLE, partitions = map.partitions, logger } = options;
  const migrations = await migrateLedger(admin, logger);
  const { known, settled } = await stateOf(admin);
  refuseMoves(known, map);
  const ours = instruments.filter(({ symbol }) => partitions.includes(map.partitionOf(symbol)));
  const missing = ours.filter(({ symbol, version }) => version > (known.get(symbol)?.version ?? 0));
  const time = Date.now();
  const begun: number[] = [];
  for (const partition of new Set(missing.map(({ symbol }) => map.partitionOf(symbol)))) {
    const here = missing.filter(({ symbol }) => map.partitionOf(symbol) === partition);
    const commands = here.map((instrument): Command => ({ type: 'configure_instrument', time, instrument }));
    if (!settled.has(partition)) {
      // Ahead of everything: whoever starts from this journal, or from the ledger alone, shows the behaviour that the venue began with.
      commands.unshift({ type: 'upgrade', time, version: CORE_VERSION });
      begun.push(partition);
    }
    const position = await journal.append(partition, encodeCommandBatch(partition, commands.map(encodeCommand)));
    logger.info({ partition, position, symbols: here.map(({ symbol }) => symbol) }, 'instruments appended to the journal');
  }
  const appended = missing.map(({ symbol }) => symbol);
  return { migrations, appended, begun, unchanged: ours.map(({ symbol }) => symbol).filter((symbol) => !appended.includes(symbol)) };
}

/** An instrument's orders, and the funds that they hold, are in its partition for good. */
function refuseMoves(known: ReadonlyMap<string, Known>, map: PartitionMap): void {
  const moved = [...known].filter(([symbol, { partition }]) => map.partitionOf(symbol) !== partition)
    .map(([symbol, { partition }]) => `${symbol} trades in partition ${partition}, the map says ${map.partitionOf(symbol)}`);
  if (moved.length === 0) return;
  throw new ConfigurationError(`PARTITION_MAP cannot be used: ${moved.join('; ')}. An instrument keeps its partition: correct the map, or list a new symbol`);
}

/** What the ledger has of instruments, and the partitions of which it has any event. */
async function stateOf(admin: ClientConfig): Promise<{ known: Map<string, Known>; settled: Set<number> }> {
  const client = new Client(admin);
  await client.connect();
  try {
    const partitions = await client.query<{ partition: number }>('SELECT partition FROM ledger.partitions WHERE last_seq > 0');
    const { rows } = await client.query<{ symbol: string; version: string; partition: number }>('SELECT symbol, version, partition FROM ledger.instruments');
    return {
      known: new Map(rows.map(({ symbol, version, partition }) => [symbol, { version: Number(version), partition }])),
      settled: new Set(partitions.rows.map(({ partition }) => partition)),
    };
  } finally {
    await client.end();
  }
}
