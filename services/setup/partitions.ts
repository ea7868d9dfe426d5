import { PartitionMap } from '../domain';
import { ConfigurationError } from '../runtime';

/**
 * Reads the partition map and the numbers of the partitions that one ledger holds.
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
  const unknown = own.filter((text) => !/^\d{1,5}$/.test(text) || !read.has(Number(text)));
  if (unknown.length > 0) throw new ConfigurationError(`PARTITIONS cannot be used: ${unknown.join(', ')}; the map has ${read.partitions.join(', ')}`);
  return { map: read, partitions: own.map(Number) };
}
