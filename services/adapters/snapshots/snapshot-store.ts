import type { JournalPosition } from '../journal/journal';

/** A core's state with the place in the journal up to which it has applied everything. */
export interface StoredSnapshot {
  readonly partition: number;
  /** Sequence of the last event that the state includes. */
  readonly seq: number;
  /** Position of the last record that was applied whole; absent when none was. */
  readonly position: JournalPosition | undefined;
  /** Commands of the record after that position that the state includes as well: a core that may not go on stops inside a record. */
  readonly skip?: number;
  /** Behaviour version of the core. */
  readonly version: number;
  /** Present when the next command is the upgrade to this version, which the build that saved it does not know. */
  readonly upgradeTo?: number;
  /** Milliseconds since 1970 when it was saved. */
  readonly savedAt: number;
  /** What `Core.snapshot()` gave. */
  readonly state: Uint8Array;
}

/** Keeps the last few snapshots of each partition. */
export interface SnapshotStore {
  /**
   * The newest snapshot, or undefined when there is none.
   *
   * @throws CorruptDataError when it is damaged or of an unknown format; never skipped silently, the message says what to do
   */
  load(partition: number): Promise<StoredSnapshot | undefined>;
  /** When the newest snapshot was saved, milliseconds since 1970; undefined when there is none. */
  newestAt(partition: number): Promise<number | undefined>;
  /** Saves a snapshot, and forgets those that neither their number nor their age keeps. */
  save(snapshot: Omit<StoredSnapshot, 'savedAt'>): Promise<void>;
  close(): Promise<void>;
}
