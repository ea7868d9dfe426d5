import { Client, type ClientConfig } from 'pg';
import type { JournalWriter } from '../adapters/journal/journal';
import { encodeCommand, encodeCommandBatch, type InstrumentSpec } from '../domain';
import type { Logger } from '../runtime';
import { migrateLedger } from './migrate';

/** The partition that trades all instruments, for now. */
const PARTITION = 0;

/** What a run of setup did. */
export interface SetupSummary {
  /** Migrations that were applied now. */
  readonly migrations: readonly string[];
  /** Symbols whose configuration was appended to the journal now. */
  readonly appended: readonly string[];
  /** Symbols that the ledger has in this version or a later one. */
  readonly unchanged: readonly string[];
}

export interface SetupOptions {
  readonly admin: ClientConfig;
  readonly journal: JournalWriter;
  readonly instruments: readonly InstrumentSpec[];
  readonly logger: Logger;
}

/**
 * Brings a system from any earlier state to the configured one: migrates the ledger, then appends the instruments that it does not
 * have yet. May run again at any time; what was appended but not settled is appended once more, which the core ignores by version.
 */
export async function setUp({ admin, journal, instruments, logger }: SetupOptions): Promise<SetupSummary> {
  const migrations = await migrateLedger(admin, logger);
  const known = await knownVersions(admin);
  const missing = instruments.filter(({ symbol, version }) => version > (known.get(symbol) ?? 0));
  if (missing.length > 0) {
    const time = Date.now();
    const commands = missing.map((instrument) => encodeCommand({ type: 'configure_instrument', time, instrument }));
    const position = await journal.append(PARTITION, encodeCommandBatch(PARTITION, commands));
    logger.info({ partition: PARTITION, position, symbols: missing.map(({ symbol }) => symbol) }, 'instruments appended to the journal');
  }
  const appended = missing.map(({ symbol }) => symbol);
  return { migrations, appended, unchanged: instruments.map(({ symbol }) => symbol).filter((symbol) => !appended.includes(symbol)) };
}

async function knownVersions(admin: ClientConfig): Promise<Map<string, number>> {
  const client = new Client(admin);
  await client.connect();
  try {
    const { rows } = await client.query<{ symbol: string; version: string }>('SELECT symbol, version FROM ledger.instruments');
    return new Map(rows.map(({ symbol, version }) => [symbol, Number(version)]));
  } finally {
    await client.end();
  }
}
