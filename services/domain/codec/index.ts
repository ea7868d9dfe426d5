export {
  BATCH_OVERHEAD, decodeCommandBatch, decodeEventRun, encodeCommand, encodeCommandBatch, encodeEventRun, openCommandBatch,
} from './frames';
export type { EventRun } from './frames';
export { ByteReader, ByteWriter } from './bytes';
export { readCommand, writeCommand } from './commands';
export * as commandLayout from './command-layout';
