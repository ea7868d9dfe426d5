import { createHash } from 'node:crypto';

/** What happened, as whoever writes it down says it. */
export interface AuditEvent {
  /** What it was done to, such as `session/…` or `instrument/BTCUSDT`. */
  readonly entity: string;
  /** Who did it. */
  readonly actor: string;
  /** What was done, such as `session.end`. */
  readonly action: string;
  /** 'ok', or why not. */
  readonly outcome: string;
  /** From where: an address, a client, a host. */
  readonly source?: string;
  /** What else there is to know. Never a secret: what is written cannot be taken back. */
  readonly detail?: Readonly<Record<string, string>>;
}

/** Names an entry in the table. */
export interface EntryKey {
  readonly entity: string;
  /** Time and id: entries of an entity sort by when they were written. */
  readonly timestampEventId: string;
}

/** An entry as the table and the archive have it. */
export interface AuditEntry extends EntryKey {
  /** Of this encoding. */
  readonly version: number;
  readonly actor: string;
  readonly action: string;
  readonly outcome: string;
  readonly source: string;
  readonly detail: Readonly<Record<string, string>>;
  /** The writer whose entries follow each other; every writer has a chain of its own, so that none waits for another. */
  readonly chain: string;
  /** Place in the chain, from 0. */
  readonly sequence: number;
  /** Entry before this one; undefined at the beginning of a chain. */
  readonly previous?: EntryKey;
  /** Its digest; zeros at the beginning. */
  readonly previousHash: string;
  /** Second after which the table forgets the entry; the archive does not. */
  readonly expiresAt: number;
  /** Digest of everything above. */
  readonly hash: string;
}

/** What a chain begins with in place of a digest. */
export const NO_HASH = '0'.repeat(64);

/** Encoding that is written now; readers must know all that were. */
export const VERSION = 1;

/** Longest text of a field; what clients send ends up here, and an item of DynamoDB has an end. */
const LONGEST = 512;

/** The bytes that the digest is made of: one form for one content, whatever order a store gives the fields back in. */
export function canonical(entry: Omit<AuditEntry, 'hash'>): string {
  const { previous } = entry;
  return JSON.stringify([
    entry.version, entry.chain, entry.sequence, entry.previousHash, previous ? [previous.entity, previous.timestampEventId] : [],
    entry.entity, entry.timestampEventId, entry.actor, entry.action, entry.outcome, entry.source,
    Object.keys(entry.detail).sort().map((name) => [name, entry.detail[name]]), entry.expiresAt,
  ]);
}

/** Digest of an entry; the `hash` that it has plays no part. */
export function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(canonical(entry), 'utf8').digest('hex');
}

/** A text as the table gives it back: halves of characters would come back as something else, and break the chain for nothing. */
export function storable(text: string): string {
  return Buffer.from(text.slice(0, LONGEST), 'utf8').toString('utf8');
}
