import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { AuditEntry } from './entry';

/** An item that no writer of this package made, or not so. */
export class NotAnEntryError extends Error {}

type Item = Readonly<Record<string, AttributeValue>>;

/** An entry as an item of the table. */
export function itemOf(entry: AuditEntry): Record<string, AttributeValue> {
  const { previous } = entry;
  return {
    entity: { S: entry.entity },
    timestampEventId: { S: entry.timestampEventId },
    version: { N: String(entry.version) },
    actor: { S: entry.actor },
    action: { S: entry.action },
    outcome: { S: entry.outcome },
    source: { S: entry.source },
    detail: { M: Object.fromEntries(Object.entries(entry.detail).map(([name, value]) => [name, { S: value }])) },
    chain: { S: entry.chain },
    sequence: { N: String(entry.sequence) },
    ...(previous && { previous: { M: { entity: { S: previous.entity }, timestampEventId: { S: previous.timestampEventId } } } }),
    previousHash: { S: entry.previousHash },
    expiresAt: { N: String(entry.expiresAt) },
    hash: { S: entry.hash },
  };
}

const KNOWN = new Set([
  'entity', 'timestampEventId', 'version', 'actor', 'action', 'outcome', 'source', 'detail', 'chain', 'sequence', 'previous', 'previousHash', 'expiresAt', 'hash',
]);

/**
 * Reads an item. Nobody but a writer of this package makes such items, so anything unexpected, a field too many included, is a break.
 *
 * @throws NotAnEntryError that says what is wrong
 */
export function entryOf(item: Item): AuditEntry {
  const strange = Object.keys(item).filter((name) => !KNOWN.has(name));
  if (strange.length > 0) throw new NotAnEntryError(`it has the fields ${strange.join(', ')}, which no writer makes`);
  const key = (of: Item) => ({ entity: text(of, 'entity'), timestampEventId: text(of, 'timestampEventId') });
  return {
    ...key(item),
    version: whole(item, 'version'),
    actor: text(item, 'actor'),
    action: text(item, 'action'),
    outcome: text(item, 'outcome'),
    source: text(item, 'source'),
    detail: Object.fromEntries(Object.keys(item.detail?.M ?? {}).map((name) => [name, text(item.detail!.M!, name)])),
    chain: text(item, 'chain'),
    sequence: whole(item, 'sequence'),
    previous: item.previous?.M && key(item.previous.M),
    previousHash: text(item, 'previousHash'),
    expiresAt: whole(item, 'expiresAt'),
    hash: text(item, 'hash'),
  };
}

function text(item: Item, name: string): string {
  const value = item[name]?.S;
  if (value === undefined) throw new NotAnEntryError(`${name} is missing`);
  return value;
}

function whole(item: Item, name: string): number {
  const value = Number(item[name]?.N);
  if (!Number.isSafeInteger(value) || value < 0) throw new NotAnEntryError(`${name} is no whole number`);
  return value;
}
