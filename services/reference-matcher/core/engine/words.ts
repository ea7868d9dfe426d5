import { uuidToBytes } from '../../../domain';

/** An id as four words. */
export function wordsOf(uuid: string): Int32Array {
  return new Int32Array(Uint8Array.from(uuidToBytes(uuid)).buffer);
}
