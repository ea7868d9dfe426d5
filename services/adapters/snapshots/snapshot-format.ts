/** How a snapshot is stored: a JSON line that describes it, then the core's own text, all of it gzipped. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { StoredSnapshot } from './snapshot-store';
import { CorruptDataError } from '../../domain';

const FORMAT = 1;

interface Description {
  readonly format: number;
  readonly partition: number;
  readonly seq: number;
  /** Null before the first record. */
  readonly position: string | null;
  readonly savedAt: number;
  /** SHA-256 of the core's text, hexadecimal. */
  readonly sha256: string;
}

const hashOf = (state: string): string => createHash('sha256').update(state).digest('hex');

export async function packSnapshot({ partition, seq, position, savedAt, state }: StoredSnapshot): Promise<Buffer> {
  const description: Description = { format: FORMAT, partition, seq, position: position ?? null, savedAt, sha256: hashOf(state) };
  return promisify(gzip)(`${JSON.stringify(description)}\n${state}`, { level: 1 });
}

/** @throws CorruptDataError when the data is not what `packSnapshot` made of a snapshot of this partition */
export async function unpackSnapshot(data: Uint8Array, partition: number): Promise<StoredSnapshot> {
  const text = await promisify(gunzip)(data).then((buffer) => buffer.toString('utf8'), () => {
    throw new CorruptDataError('it is not a complete gzip file');
  });
  const end = text.indexOf('\n');
  let description: Description;
  try {
    description = JSON.parse(text.slice(0, end)) as Description;
  } catch {
    throw new CorruptDataError('its first line is not JSON');
  }
  const at = `it stands at sequence ${description.seq}, journal position ${description.position ?? 'none'}`;
  if (description.format !== FORMAT) throw new CorruptDataError(`format ${description.format} cannot be read, this build knows ${FORMAT}; ${at}`);
  if (description.partition !== partition) throw new CorruptDataError(`it is of partition ${description.partition}, not ${partition}; ${at}`);
  const state = text.slice(end + 1);
  if (hashOf(state) !== description.sha256) throw new CorruptDataError(`its hash does not match; ${at}`);
  return { partition, seq: description.seq, position: description.position ?? undefined, savedAt: description.savedAt, state };
}
