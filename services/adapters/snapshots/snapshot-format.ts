/** How a snapshot is stored: a JSON line that describes it, then the core's own bytes, each gzipped. Nothing large is done on the caller's thread. */
import { webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { StoredSnapshot } from './snapshot-store';
import { CorruptDataError } from '../../domain';

const FORMAT = 2;
const LINE_END = 0x0a;

interface Description extends Omit<StoredSnapshot, 'state' | 'position'> {
  readonly format: number;
  /** Null before the first record. */
  readonly position: string | null;
  /** Bytes of the state. */
  readonly bytes: number;
  /** SHA-256 of the state, hexadecimal. */
  readonly sha256: string;
}

async function hashOf(state: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', state as Uint8Array<ArrayBuffer>)).toString('hex');
}

export async function packSnapshot({ state, position, ...rest }: StoredSnapshot): Promise<Buffer> {
  const description: Description = { format: FORMAT, ...rest, position: position ?? null, bytes: state.length, sha256: await hashOf(state) };
  const pack = promisify(gzip);
  // Gzip members one behind the other are one gzip file: the state need not be copied behind its line.
  return Buffer.concat(await Promise.all([pack(`${JSON.stringify(description)}\n`), pack(state, { level: 1 })]));
}

/** @throws CorruptDataError when the data is not what `packSnapshot` made of a snapshot of this partition */
export async function unpackSnapshot(data: Uint8Array, partition: number): Promise<StoredSnapshot> {
  const all = await promisify(gunzip)(data).catch(() => {
    throw new CorruptDataError('it is not a complete gzip file');
  });
  const end = all.indexOf(LINE_END);
  let description: Description;
  try {
    description = JSON.parse(all.toString('utf8', 0, Math.max(0, end))) as Description;
  } catch {
    throw new CorruptDataError('its first line is not JSON');
  }
  const { format, position, bytes, sha256, ...rest } = description;
  const at = `it stands at sequence ${rest.seq}, journal position ${position ?? 'none'}`;
  if (format !== FORMAT) throw new CorruptDataError(`format ${format} cannot be read, this build knows ${FORMAT}; ${at}`);
  if (rest.partition !== partition) throw new CorruptDataError(`it is of partition ${rest.partition}, not ${partition}; ${at}`);
  const state = all.subarray(end + 1);
  if (state.length !== bytes) throw new CorruptDataError(`it has ${state.length} bytes of state, not ${bytes}; ${at}`);
  if (await hashOf(state) !== sha256) throw new CorruptDataError(`its hash does not match; ${at}`);
  return { ...rest, position: position ?? undefined, state };
}
