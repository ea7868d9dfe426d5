import type { Unreadable } from '../../adapters/audit/audit-table';
import type { AuditEntry } from '../../adapters/audit/entry';
import { breaksIn, type ChainBreak, secondOf } from '../../adapters/audit/verify-chains';

/** What became of the audit trail. */
export interface Verification {
  readonly table: number;
  /** Entries of the archive, each counted once; undefined when it was not looked at. */
  readonly archive?: number;
  readonly chains: number;
  /** Entries that are too new to be in the archive. */
  readonly waiting: number;
  readonly problems: readonly ChainBreak[];
}

interface Collected {
  readonly all: Map<string, AuditEntry>;
  readonly places: Map<string, AuditEntry>;
}

type Read = Iterable<AuditEntry | Unreadable> | AsyncIterable<AuditEntry | Unreadable>;

export interface VerifyOptions {
  readonly table: Read;
  /** Without it an end that was cut off is not seen, and chains that began a month ago or more are not expected to be whole. */
  readonly archive?: Read;
  /** Second of now. */
  readonly now: number;
  /** Seconds after which an entry must be in the archive; default: a quarter of an hour. */
  readonly archivedWithin?: number;
}

const MONTH = 30 * 86_400;
const placeOf = ({ chain, sequence }: AuditEntry): string => `${chain} ${sequence}`;

/** Compares the table with its archive, and both with what their chains say. */
export async function verify({ table, archive, now, archivedWithin = 900 }: VerifyOptions): Promise<Verification> {
  const problems: ChainBreak[] = [];
  const here = await collect(table, 'the table', problems);
  const kept = archive && await collect(archive, 'the archive', problems);
  const all = new Map([...kept?.all ?? [], ...here.all]);
  let waiting = 0;
  const report = ({ chain, sequence }: AuditEntry, problem: string): void => { problems.push({ chain, sequence, problem }); };
  if (kept !== undefined) {
    for (const [place, entry] of kept.places) {
      const there = here.places.get(place);
      if (there === undefined && entry.expiresAt > now) report(entry, 'is in the archive and no more in the table: it was removed');
      if (there !== undefined && there.hash !== entry.hash) report(entry, 'is not the same in the table and in the archive: it was replaced');
    }
    for (const [place, entry] of here.places) {
      if (kept.places.has(place)) continue;
      if (now - secondOf(entry.timestampEventId) > archivedWithin) report(entry, 'is in the table and not in the archive');
      else waiting++;
    }
  }
  problems.push(...breaksIn(all.values(), kept === undefined ? now - MONTH : 0));
  return {
    table: here.all.size,
    archive: kept?.all.size,
    chains: new Set([...all.values()].map(({ chain }) => chain)).size,
    waiting,
    problems,
  };
}

/** Entries by all that they hold, so that one that was archived twice is one and one that was changed is another. */
async function collect(from: Read, where: string, problems: ChainBreak[]): Promise<Collected> {
  const all = new Map<string, AuditEntry>();
  const places = new Map<string, AuditEntry>();
  for await (const one of from) {
    if ('problem' in one) {
      problems.push({ chain: '', sequence: 0, problem: `${one.key} in ${where} ${one.problem}` });
      continue;
    }
    all.set(identityOf(one), one);
    places.set(placeOf(one), one);
  }
  return { all, places };
}

/** Everything that an entry holds: a changed one with its old digest is not the same. */
function identityOf(entry: AuditEntry): string {
  return JSON.stringify(Object.entries(entry).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, typeof value === 'object' ? Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1)) : value]));
}
