import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { AuditArchive } from '../adapters/audit/archive';
import type { AuditTableReader } from '../adapters/audit/audit-table';
import type { AuditEntry, EntryKey } from '../adapters/audit/entry';
import { entryOf, NotAnEntryError } from '../adapters/audit/item';
import { faultOf, linkFault, secondOf } from '../adapters/audit/verify-chains';
import { type Logger, printMetrics } from '../runtime';

export interface ArchiverOptions {
  readonly archive: Pick<AuditArchive, 'write'>;
  readonly table: Pick<AuditTableReader, 'get'>;
  readonly logger: Logger;
  readonly functionName: string;
  /** Milliseconds of the epoch. */
  readonly now?: () => number;
}

/** A copy in another region may bring an entry before the one that it follows; after this many seconds it is missing. */
const PATIENCE_SECONDS = 60;
/** Entries live in the table for this long at least; one that is gone later may have expired. */
const SHORTEST_LIFE_SECONDS = 30 * 86_400;

/** The one before is not there yet. */
class TooEarly extends Error {}

const keyOf = ({ entity, timestampEventId }: EntryKey): string => `${entity} ${timestampEventId}`;

/** Archives what was added to the audit table, and reports whatever else happened to it. */
export class Archiver {
  private readonly now: () => number;

  constructor(private readonly options: ArchiverOptions) {
    this.now = options.now ?? Date.now;
  }

  /**
   * Takes changes in the order of the stream. What is broken is archived as it is and reported; it does not hold up what comes after it.
   *
   * @returns place in the stream from which to come again; undefined when all is done
   * @throws what the table or the archive answers; nothing is lost, the changes come again
   */
  async work(records: readonly DynamoDBRecord[]): Promise<string | undefined> {
    const here = new Map<string, AuditEntry>();
    const archived: AuditEntry[] = [];
    let breaks = 0;
    let again: string | undefined;
    for (const record of records) {
      try {
        const { entry, problem } = await this.look(record, here);
        if (entry !== undefined) {
          archived.push(entry);
          here.set(keyOf(entry), entry);
        }
        if (problem === undefined) continue;
        breaks++;
        this.report(record, entry, problem);
      } catch (error) {
        if (!(error instanceof TooEarly)) throw error;
        again = record.dynamodb?.SequenceNumber;
        break;
      }
    }
    if (archived.length > 0) await this.options.archive.write(archived);
    const { logger, functionName } = this.options;
    printMetrics(logger, functionName, { AuditChainBreaks: breaks, AuditEntriesArchived: archived.length }, 'audit entries archived');
    return again;
  }

  private async look(record: DynamoDBRecord, here: ReadonlyMap<string, AuditEntry>): Promise<{ entry?: AuditEntry; problem?: string }> {
    const { eventName, dynamodb = {} } = record;
    if (eventName === 'MODIFY') return { problem: 'was changed after it was written' };
    if (eventName === 'REMOVE') return { problem: expired(dynamodb.OldImage, dynamodb.ApproximateCreationDateTime ?? this.now() / 1_000) ? undefined : 'was removed before its time' };
    let entry: AuditEntry;
    try {
      entry = entryOf(imageOf(dynamodb.NewImage));
    } catch (error) {
      return { problem: `is no entry: ${(error as Error).message}` };
    }
    return { entry, problem: faultOf(entry) ?? await this.linkOf(entry, here) };
  }

  private async linkOf(entry: AuditEntry, here: ReadonlyMap<string, AuditEntry>): Promise<string | undefined> {
    if (entry.previous === undefined) return undefined;
    let before: AuditEntry | undefined;
    try {
      before = here.get(keyOf(entry.previous)) ?? await this.options.table.get(entry.previous);
    } catch (error) {
      if (!(error instanceof NotAnEntryError)) throw error;
      return 'follows what is no entry any more';
    }
    if (before !== undefined) return linkFault(before, entry);
    const seconds = this.now() / 1_000;
    if (seconds - secondOf(entry.previous.timestampEventId) > SHORTEST_LIFE_SECONDS) return undefined;
    if (seconds - secondOf(entry.timestampEventId) < PATIENCE_SECONDS) throw new TooEarly();
    return 'follows an entry that is missing';
  }

  private report(record: DynamoDBRecord, entry: AuditEntry | undefined, problem: string): void {
    const { entity, timestampEventId } = record.dynamodb?.Keys ?? {};
    this.options.logger.error({
      entity: entity?.S, timestampEventId: timestampEventId?.S, chain: entry?.chain, sequence: entry?.sequence, problem,
    }, 'the audit trail is broken');
  }
}

/** The stream says it in the words of the table. */
function imageOf(image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Record<string, AttributeValue> {
  return (image ?? {}) as Record<string, AttributeValue>;
}

/** Time to live, here or in another region: who removed it is not told when a removal was copied, its time is. */
function expired(image: NonNullable<DynamoDBRecord['dynamodb']>['OldImage'], second: number): boolean {
  const expiresAt = Number(image?.expiresAt?.N);
  return Number.isSafeInteger(expiresAt) && expiresAt <= second;
}
