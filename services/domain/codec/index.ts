export {
  BATCH_OVERHEAD, decodeCommandBatch, decodeEventRun, encodeCommand, encodeCommandBatch, encodeEventRun, openCommandBatch,
} from './frames';
export type { CommandBatch, CommandBatchHead, EventRun } from './frames';
export { isTraceContext, TRACE_ENTRY, TRACES_OVERHEAD } from './traces';
export type { CommandTrace, EventTrace, TraceContext } from './traces';
export { ByteReader, ByteWriter } from './bytes';
export { readCommand, writeCommand } from './commands';
export * as commandLayout from './command-layout';
