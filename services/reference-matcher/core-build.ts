import { CORE_VERSION, createCore, encodeCapture, restoreCore } from './core';
import type { Core, CoreCapture } from '../domain';
import { HASH_BYTES } from './core/snapshot/format';
import { encodeInWorker } from './publishing/snapshot-worker';

/** What a matcher needs of a build of the core. */
export interface CoreBuild {
  /** Behaviour versions that it can show. */
  readonly oldestVersion: number;
  readonly newestVersion: number;
  create(options: { readonly partition: number; readonly idempotencyWindowMs: number }): Core;
  /** @throws CorruptDataError when the bytes are not a snapshot of this partition that the build can read */
  restore(snapshot: Uint8Array, partition: number): Core;
  /** Makes the snapshot of a capture. The capture is of no use afterwards. */
  encode(capture: CoreCapture): Promise<Uint8Array>;
  /** The state hash that a snapshot names. */
  hashOf(snapshot: Uint8Array): string;
}

export interface BuildOptions {
  /** File that a thread for snapshots starts from: it calls `serveSnapshots` there. Default: they are made on the caller's thread. */
  readonly workerFile?: string;
  /** Behaviour versions; default all that this build knows. Others stand in for another build, in tests of an upgrade. */
  readonly oldestVersion?: number;
  readonly newestVersion?: number;
}

/** Room that the core begins with: tables that grow are right as well, but pause while they double. */
const ROOM = { expectedOrders: 65_536, expectedRemembered: 262_144, expectedAccounts: 4_096 };

/** The core of this program. */
export function coreBuild({ workerFile, oldestVersion = 1, newestVersion = CORE_VERSION }: BuildOptions = {}): CoreBuild {
  return {
    oldestVersion,
    newestVersion,
    create: (options) => createCore({ ...ROOM, ...options, supportedVersion: newestVersion }),
    restore: (snapshot, partition) => restoreCore(snapshot, partition, { ...ROOM, supportedVersion: newestVersion }),
    encode: (capture) => (workerFile === undefined ? Promise.resolve(encodeCapture(capture)) : encodeInWorker(workerFile, capture)),
    hashOf: (snapshot) => Buffer.from(snapshot.subarray(snapshot.length - HASH_BYTES)).toString('hex'),
  };
}
