export { BATCH_OVERHEAD, decodeCommandBatch, decodeEventRun, encodeCommand, encodeCommandBatch, encodeEventRun } from './frames';
export type { EventRun } from './frames';
