import type { OrderCache } from './order-cache';
import type { BatchingAppender } from '../../adapters/journal/batching-appender';
import type { PartitionMap } from '../../domain';
import type { InstrumentCatalog } from '../market/instrument-catalog';

/** What orders are accepted with. */
export interface OrderEntry {
  readonly appender: Pick<BatchingAppender, 'append'>;
  readonly cache: OrderCache;
  readonly catalog: InstrumentCatalog;
  readonly partitions: PartitionMap;
  /** Milliseconds after which a request does not trust another one with the same client id to finish any more. */
  readonly patienceMs?: number;
}
