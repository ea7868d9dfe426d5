import { parentPort, Worker } from 'node:worker_threads';
import type { CoreCapture } from '../../domain';
import { encodeCapture } from '../core';

/** The memory of all typed arrays in a value, each once. */
function buffersOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) buffersOf(part, found);
  }
  return found;
}

/**
 * Makes the snapshot of a capture in a thread of its own. The capture's memory goes over to it, so nothing is copied once more here.
 *
 * @param file what the thread runs; it calls `serveSnapshots`
 */
export function encodeInWorker(file: string, capture: CoreCapture): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file);
    worker.once('message', (snapshot: Uint8Array) => {
      resolve(snapshot);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread for snapshots ended with ${code}`)));
    worker.postMessage(capture, [...buffersOf(capture)]);
  });
}

/** What the thread does: one capture, one snapshot. */
export function serveSnapshots(): void {
  parentPort!.once('message', (capture: CoreCapture) => {
    const snapshot = Uint8Array.from(encodeCapture(capture));
    parentPort!.postMessage(snapshot, [snapshot.buffer]);
  });
}
