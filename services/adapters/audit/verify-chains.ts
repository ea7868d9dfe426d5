import { type AuditEntry, hashOf, NO_HASH, VERSION } from './entry';

/** Something that no writer does. */
export interface ChainBreak {
  readonly chain: string;
  readonly sequence: number;
  /** What is wrong, in a sentence. */
  readonly problem: string;
}

/** Where an entry is not what it says, looked at alone. */
export function faultOf(entry: AuditEntry): string | undefined {
  if (entry.version !== VERSION) return `has the unknown version ${entry.version}`;
  if (hashOf(entry) !== entry.hash) return 'is not what its digest says: it was changed';
  if (entry.sequence === 0) return entry.previousHash === NO_HASH && entry.previous === undefined ? undefined : 'is the first of its chain and follows another';
  return entry.previous === undefined ? 'follows nothing' : undefined;
}

/** Why an entry does not follow another one. */
export function linkFault(previous: AuditEntry, entry: AuditEntry): string | undefined {
  if (previous.chain !== entry.chain || previous.sequence + 1 !== entry.sequence) {
    return `names ${previous.chain} ${previous.sequence} as the one before it`;
  }
  if (entry.previous?.entity !== previous.entity || entry.previous.timestampEventId !== previous.timestampEventId) return 'names another entry as the one before it';
  return previous.hash === entry.previousHash ? undefined : 'does not have the digest of the one before it';
}

/**
 * Looks at chains as a whole: nothing changed, nothing missing in between, nothing twice, nothing in another order. What was cut off at the end
 * leaves no trace in a chain; table and archive are compared for that.
 *
 * @param begins first second whose entries must all be there; earlier ones may have expired
 */
export function breaksIn(entries: Iterable<AuditEntry>, begins = 0): ChainBreak[] {
  const chains = new Map<string, AuditEntry[]>();
  for (const entry of entries) {
    const chain = chains.get(entry.chain);
    if (chain) chain.push(entry);
    else chains.set(entry.chain, [entry]);
  }
  return [...chains.values()].flatMap((chain) => breaksOf(chain.sort((a, b) => a.sequence - b.sequence), begins));
}

function breaksOf(chain: readonly AuditEntry[], begins: number): ChainBreak[] {
  const found: ChainBreak[] = [];
  const report = ({ chain: of, sequence }: AuditEntry, problem: string): void => { found.push({ chain: of, sequence, problem }); };
  chain.forEach((entry, i) => {
    const own = faultOf(entry);
    if (own !== undefined) report(entry, own);
    const before = chain[i - 1];
    if (before === undefined) {
      if (entry.sequence > 0 && secondOf(entry.previous?.timestampEventId) >= begins) report(entry, `is the first that is left: ${entry.sequence} before it are missing`);
    } else if (before.sequence === entry.sequence) {
      report(entry, 'takes a place that another entry has');
    } else if (before.sequence + 1 !== entry.sequence) {
      report(entry, `comes after ${before.sequence}: ${entry.sequence - before.sequence - 1} in between are missing`);
    } else {
      const link = linkFault(before, entry);
      if (link !== undefined) report(entry, link);
    }
  });
  return found;
}

/** Second at which an entry was written, by its key. */
export function secondOf(timestampEventId = ''): number {
  const time = Date.parse(timestampEventId.split('#')[0]);
  return Number.isNaN(time) ? Infinity : Math.floor(time / 1_000);
}
