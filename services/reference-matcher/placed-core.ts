import type { CoreBuild } from './core-build';
import type { PlacedCapture } from './publishing/snapshotter';
import type { JournalRecord } from '../adapters/journal/journal';
import type { StoredSnapshot } from '../adapters/snapshots/snapshot-store';
import { type Command, CorruptDataError, type Core, type Event, UnsupportedVersionError } from '../domain';

export interface PlacedCoreOptions {
  readonly build: CoreBuild;
  readonly partition: number;
  readonly idempotencyWindowMs: number;
}

/** A recovery went past the last event that is known to be published: it has to be done again, keeping the events. */
export class OverrunError extends Error {
  constructor(seq: number, options?: ErrorOptions) {
    super(`the quick recovery went past event ${seq}, which nobody is known to have published`, options);
    this.name = 'OverrunError';
  }
}

/** A core with its place in the journal: what it has applied, to the command. */
export class PlacedCore {
  readonly core: Core;
  /** Last record that was applied whole. */
  position: string | undefined;
  /** Commands of the record after it that were applied as well. */
  private skip: number;
  private upgradeTo: number | undefined;
  private readonly oldestVersion: number;
  private readonly restored: boolean;

  /** @throws CorruptDataError when the snapshot is not what it says, or older than this build can go on from */
  constructor(options: PlacedCoreOptions, snapshot: StoredSnapshot | undefined) {
    const { build, partition, idempotencyWindowMs } = options;
    this.core = snapshot ? build.restore(snapshot.state, partition) : build.create({ partition, idempotencyWindowMs });
    if (snapshot && this.core.lastSeq !== snapshot.seq) throw new CorruptDataError(`the snapshot says ${snapshot.seq}, its core ${this.core.lastSeq}`);
    this.oldestVersion = build.oldestVersion;
    this.restored = snapshot !== undefined;
    this.position = snapshot?.position;
    this.skip = snapshot?.skip ?? 0;
  }

  /**
   * Applies a record.
   *
   * @param onApplied called after each command with what happened, and which of the record's it is
   * @throws UnsupportedVersionError at an upgrade that this build does not know; the place is then right before it
   */
  apply(record: JournalRecord, onApplied: (command: Command, events: readonly Event[], index: number) => void): void {
    const { commands } = record;
    for (let n = this.skip; n < commands.length; n++) {
      const command = commands[n];
      try {
        const events = this.core.apply(command);
        this.checkVersion();
        onApplied(command, events, n);
      } catch (error) {
        if (error instanceof UnsupportedVersionError && command.type === 'upgrade') {
          this.skip = n;
          this.upgradeTo = command.version;
        }
        throw error;
      }
    }
    this.skip = 0;
    this.position = record.position;
  }

  /**
   * Applies a record whose events nobody needs any more.
   *
   * @param publishedSeq events up to here are known to be published
   * @throws OverrunError when there were others among them; the core is of no use then
   */
  replay(record: JournalRecord, publishedSeq: number): void {
    if (this.skip > 0) return this.apply(record, () => undefined);
    try {
      this.core.replay(record.frame);
    } catch (error) {
      throw error instanceof UnsupportedVersionError ? new OverrunError(publishedSeq, { cause: error }) : error;
    }
    this.checkVersion();
    if (this.core.lastSeq > publishedSeq) throw new OverrunError(publishedSeq);
    this.position = record.position;
  }

  /** Only the first command of a journal can set an earlier behaviour. */
  private checkVersion(): void {
    const { core: { version }, oldestVersion } = this;
    if (version >= oldestVersion || this.restored) return;
    throw new Error(`the journal begins with behaviour ${version}, which this build does not show: it can only start from a snapshot at behaviour ${oldestVersion} or later`);
  }

  /** A copy of the memory with its place. */
  capture(): PlacedCapture {
    const { core, position, skip, upgradeTo } = this;
    const inside = { ...(skip > 0 ? { skip } : {}), ...(upgradeTo === undefined ? {} : { upgradeTo }) };
    return { position, ...inside, version: core.version, capture: core.capture() };
  }
}

/** Whether a build can go on from a snapshot without showing a behaviour that it does not have. */
export function fits(build: CoreBuild, { version, upgradeTo = version }: Pick<StoredSnapshot, 'version' | 'upgradeTo'>): boolean {
  return upgradeTo >= build.oldestVersion && version <= build.newestVersion;
}
