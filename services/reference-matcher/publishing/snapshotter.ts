import { setTimeout as sleep } from 'node:timers/promises';
import type { SnapshotStore, StoredSnapshot } from '../../adapters/snapshots/snapshot-store';
import type { CoreCapture } from '../../domain';
import type { Logger } from '../../runtime';

/** A core's memory with its place in the journal, between two commands. */
export interface PlacedCapture extends Pick<StoredSnapshot, 'position' | 'skip' | 'version' | 'upgradeTo'> {
  readonly capture: CoreCapture;
}

export interface SnapshotterOptions {
  readonly partition: number;
  readonly store: SnapshotStore;
  readonly logger: Logger;
  readonly intervalMs: number;
  readonly leads: () => boolean;
  /** The state at this instant with the journal position up to which it has applied everything; undefined before it is known. */
  readonly capture: () => PlacedCapture | undefined;
  /** Makes a snapshot of it, off this thread where that is possible. */
  readonly encode: (capture: CoreCapture) => Promise<Uint8Array>;
  /** Position of the last record that was applied. */
  readonly position: () => string | undefined;
  /** All events up to this sequence are recorded as published. */
  readonly recordedSeq: () => number;
}

/**
 * Saves the core's state now and then, so that a start replays little. Only copying the memory stops the core, some milliseconds; a
 * standby goes first all the same, and the leader only steps in when no new snapshot appears.
 *
 * A snapshot is saved only after all its events are recorded as published: a process that starts from it could not send them
 * again.
 */
export class Snapshotter {
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;
  private savedPosition: string | undefined;
  private trouble: string | undefined;
  private last: { readonly seq: number; readonly at: number } | undefined;

  constructor(private readonly options: SnapshotterOptions) {}

  /** What keeps snapshots from being saved, if anything. */
  get problem(): string | undefined {
    return this.trouble;
  }

  /** Sequence of the last snapshot that is known here, and when it was saved; undefined when there is none. */
  get newest(): { readonly seq: number; readonly at: number } | undefined {
    return this.last;
  }

  start(loaded: StoredSnapshot | undefined): void {
    this.savedPosition = loaded?.position;
    if (loaded) this.last = { seq: loaded.seq, at: loaded.savedAt };
    this.loop = this.run(loaded?.savedAt ?? Date.now());
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  private async run(newestAt: number): Promise<void> {
    const { intervalMs, store, partition, leads, logger } = this.options;
    const { signal } = this.stopping;
    let newest = newestAt;
    while (!signal.aborted) {
      await pause(Math.min(intervalMs / 4, 10_000), signal);
      const patienceMs = leads() ? intervalMs * 1.5 : intervalMs;
      if (signal.aborted || Date.now() - newest < patienceMs || this.options.position() === this.savedPosition) continue;
      try {
        newest = Math.max(newest, await store.newestAt(partition) ?? 0);
        if (Date.now() - newest >= patienceMs && await this.save()) newest = Date.now();
        this.trouble = undefined;
      } catch (error) {
        this.trouble = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        logger.warn({ reason: this.trouble }, 'no snapshot could be saved; the next start will replay more of the journal');
      }
    }
  }

  /**
   * Saves the state as it is at the call, whatever the interval says.
   *
   * @returns false when its events were not recorded as published in time, or there is no state yet
   */
  async save(): Promise<boolean> {
    const { partition, store, logger, recordedSeq, capture: take, encode } = this.options;
    const { signal } = this.stopping;
    const began = performance.now();
    const taken = take();
    if (!taken) return false;
    const pausedMs = Math.round(performance.now() - began);
    const { capture, ...place } = taken;
    const seq = capture.lastSeq;
    const state = await encode(capture);
    const deadline = performance.now() + 60_000;
    while (recordedSeq() < seq) {
      if (signal.aborted || performance.now() > deadline) return false;
      await pause(50, signal);
    }
    await store.save({ partition, seq, ...place, state });
    this.savedPosition = place.position;
    this.last = { seq, at: Date.now() };
    logger.info({ seq, ...place, bytes: state.length, pausedMs, ms: Math.round(performance.now() - began) }, 'snapshot saved');
    return true;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
