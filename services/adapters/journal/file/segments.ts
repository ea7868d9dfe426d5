import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder, type JournalFile, type OpenJournalFile } from './disk';
import { decodeHeader, encodeHeader, HEADER_BYTES, type SegmentHeader } from './segment-format';
import { CorruptDataError } from '../../../domain';

export interface Segment extends SegmentHeader {
  readonly path: string;
}

const NAME = /^segment-(\d{8})\.journal$/;
const nameOf = (number: number): string => `segment-${String(number).padStart(8, '0')}.journal`;
const ZEROS = Buffer.alloc(1024 * 1024);

/** Something is wrong with the row of segments: nobody goes on by guessing which one to leave out. */
function refuse(path: string, reason: string): CorruptDataError {
  return new CorruptDataError(`${path} does not fit: ${reason}. The journal is not opened: put the right file in its place from a copy, `
    + 'or rebuild the core from the ledger (docs/journals.md)');
}

/** The files of one partition. */
export class SegmentFolder {
  private spare: Promise<string> | undefined;

  constructor(readonly path: string, readonly partition: number, private readonly segmentBytes: number, private readonly openFile: OpenJournalFile) {}

  /**
   * The segments, oldest first; made when there is none.
   *
   * @throws CorruptDataError when one is missing, twice there, out of order or of another journal
   */
  async open(): Promise<Segment[]> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await rm(join(this.path, 'spare.part'), { force: true });
    const names = segmentNames(await readdir(this.path));
    const segments: Segment[] = [];
    for (const [n, { name }] of names.entries()) {
      segments.push(await inspectSegment(this.path, name, this.partition, segments.at(-1), n === names.length - 1, this.openFile));
    }
    if (segments.length === 0) segments.push(await this.add(undefined, 1));
    return segments;
  }

  /** Makes the segment that follows another one. */
  async add(previous: Segment | undefined, firstSeq: number): Promise<Segment> {
    const number = (previous?.number ?? 0) + 1;
    const header: SegmentHeader = {
      partition: this.partition, number, firstSeq, size: this.segmentBytes, journalId: previous?.journalId ?? randomBytes(16).toString('hex'),
    };
    const spare = await this.prepare().catch(() => this.prepare());
    this.spare = undefined;
    const file = await this.openFile(spare, 'write');
    try {
      await file.write(encodeHeader(header), HEADER_BYTES, 0);
    } finally {
      await file.close();
    }
    const path = join(this.path, nameOf(number));
    await rename(spare, path);
    await syncFolder(this.path);
    return { ...header, path };
  }

  /** Fills a file with zeros ahead of time, so that the next segment is there when it is needed. Its failure shows then. */
  prepare(): Promise<string> {
    const pending = this.spare ??= this.makeSpare();
    pending.catch(() => {
      if (this.spare === pending) this.spare = undefined;
    });
    return pending;
  }

  /** Waits for what runs in the background. */
  async close(): Promise<void> {
    await this.spare?.catch(() => undefined);
  }

  private async makeSpare(): Promise<string> {
    const ready = join(this.path, 'spare.journal');
    const part = join(this.path, 'spare.part');
    const kept = await this.openFile(ready, 'read').catch(() => undefined);
    const size = await kept?.size();
    await kept?.close();
    if (size === this.segmentBytes) return ready;
    const file = await this.openFile(part, 'create');
    try {
      await fill(file, this.segmentBytes);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await rename(part, ready);
    return ready;
  }
}

/** The segments among the names in a folder, oldest first. */
export function segmentNames(names: readonly string[]): readonly { readonly name: string; readonly number: number }[] {
  return names.filter((name) => NAME.test(name)).sort().map((name) => ({ name, number: Number(NAME.exec(name)![1]) }));
}

/** Reads the header of a segment. @throws CorruptDataError when it does not follow the one before it */
export async function inspectSegment(
  folder: string, name: string, partition: number, previous: Segment | undefined, last: boolean, openFile: OpenJournalFile,
): Promise<Segment> {
  const path = join(folder, name);
  const file = await openFile(path, 'read');
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    const header = decoded(path, bytes.subarray(0, await file.read(bytes, 0)));
    const number = Number(NAME.exec(name)![1]);
    if (header.number !== number) throw refuse(path, `it holds segment ${header.number}, so one is out of order or there twice`);
    if (header.partition !== partition) throw refuse(path, `it is of partition ${header.partition}, not ${partition}`);
    if (previous) {
      if (number !== previous.number + 1) throw refuse(path, `segment ${previous.number + 1} is missing before it`);
      if (header.journalId !== previous.journalId) throw refuse(path, `it is of another journal than ${previous.path}`);
      if (header.firstSeq <= previous.firstSeq) throw refuse(path, `it begins with record ${header.firstSeq}, the one before it with ${previous.firstSeq}`);
    }
    const size = await file.size();
    // Only the last one can have been cut short by a crash.
    if (!last && size !== header.size) throw refuse(path, `it has ${size} bytes of ${header.size}`);
    return { ...header, path };
  } finally {
    await file.close();
  }
}

function decoded(path: string, bytes: Buffer): SegmentHeader {
  try {
    return decodeHeader(bytes);
  } catch (error) {
    throw error instanceof CorruptDataError ? refuse(path, error.message) : error;
  }
}

/** Writes zeros up to a length, and waits for the disk at the end. */
async function fill(file: JournalFile, size: number, from = 0): Promise<void> {
  for (let at = from; at < size; at += ZEROS.length) await file.write(ZEROS, Math.min(ZEROS.length, size - at), at);
}
