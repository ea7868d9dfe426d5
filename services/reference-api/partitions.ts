/** What the environment says of partitions, as the parts of the API take it. */
import { PartitionMap } from '../domain';
import { ConfigurationError } from '../runtime';

/** The map. @throws ConfigurationError */
export function partitionMapOf(value: unknown): PartitionMap {
  try {
    return PartitionMap.of(value);
  } catch (error) {
    throw new ConfigurationError(`reference-api cannot start: PARTITION_MAP: ${(error as Error).message}`);
  }
}

/** URL of the ledger of each partition; all of them are the default one's where there is no list. @throws ConfigurationError */
export function ledgerUrlsOf(partitions: PartitionMap, url: string, urls?: readonly string[]): ReadonlyMap<number, string> {
  const missing = partitions.partitions.filter((partition) => urls !== undefined && urls[partition] === undefined);
  if (missing.length > 0) {
    throw new ConfigurationError(`reference-api cannot start: LEDGER_URLS has ${urls!.length} ledgers, but the partition map names partition ${missing.join(', ')}; `
      + 'list one for each partition, from 0');
  }
  return new Map(partitions.partitions.map((partition) => [partition, urls?.[partition] ?? url]));
}

const ENDPOINT = /^(?:(\d{1,5})=)?([^=\s,]+:\d+)$/;

/** Endpoints of the matchers by partition: `host:port` is the default partition's, `1=host:port` partition 1's. @throws ConfigurationError */
export function matcherEndpointsOf(partitions: PartitionMap, text: string): ReadonlyMap<number, readonly string[]> {
  const endpoints = new Map<number, string[]>();
  for (const item of text === 'none' ? [] : text.split(',').map((one) => one.trim())) {
    const [, number, endpoint] = ENDPOINT.exec(item) ?? [];
    const partition = number === undefined ? partitions.defaultPartition : Number(number);
    if (endpoint === undefined || !partitions.has(partition)) {
      throw new ConfigurationError(`reference-api cannot start: MATCHER_ENDPOINTS has ${JSON.stringify(item)}; expected host:port, or <partition>=host:port with a partition `
        + `of the map (${partitions.partitions.join(', ')})`);
    }
    endpoints.set(partition, [...endpoints.get(partition) ?? [], endpoint]);
  }
  return endpoints;
}
