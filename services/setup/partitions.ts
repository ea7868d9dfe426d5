import { PartitionMap } from '../domain';
import { ConfigurationError } from '../runtime';

/**
 * Reads the partition map and the numbers of the partitions that one ledger holds. The map need not name all of them: those stand ready
 * and trade nothing yet.
 *
 * @throws ConfigurationError
 */
export function checkPartitions(map: unknown, own?: readonly string[]): { readonly map: PartitionMap; readonly partitions: readonly number[] } {
  let read: PartitionMap;
  try {
    read = PartitionMap.of(map);
  } catch (error) {
    throw new ConfigurationError(`PARTITION_MAP cannot be used: ${(error as Error).message}`);
  }
  if (own === undefined) return { map: read, partitions: read.partitions };
  const wrong = own.filter((text) => !/^\d{1,5}$/.test(text) || Number(text) > 0xffff);
  if (wrong.length > 0) throw new ConfigurationError(`PARTITIONS cannot be used: ${wrong.join(', ')}; a partition is a whole number from 0 to 65535`);
  return { map: read, partitions: own.map(Number) };
}
