import { BATCH_OVERHEAD, CorruptDataError, openCommandBatch } from '../../domain';

/** Where a frame says of which partition it is. */
const PARTITION_AT = 2;

/** @throws CorruptDataError when bytes are no command batch of this partition; its commands are not looked at */
export function checkFrame(frame: Uint8Array, partition: number): void {
  const found = openCommandBatch(frame).partition;
  if (found !== partition) throw new CorruptDataError(`it is of partition ${found}, not ${partition}`);
}

/** @throws RangeError when a frame is about to be appended where it does not belong: every reader would stop there */
export function refuseForeignFrame(frame: Uint8Array, partition: number, maxBytes: number): void {
  if (frame.length > maxBytes) throw new RangeError(`a frame of ${frame.length} bytes cannot be appended; this journal takes at most ${maxBytes}`);
  if (frame.length < BATCH_OVERHEAD) throw new RangeError(`a frame has at least ${BATCH_OVERHEAD} bytes, got ${frame.length}`);
  const found = frame[PARTITION_AT] | frame[PARTITION_AT + 1] << 8;
  if (found !== partition) throw new RangeError(`a frame of partition ${found} cannot be appended to partition ${partition}`);
}
