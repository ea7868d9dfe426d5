import { DomainError } from './errors';

/** Which partition trades which instrument, as people write it: the form of the configuration. */
export interface PartitionMapSpec {
  /** Takes deposits, and every instrument that is not listed. */
  readonly defaultPartition: number;
  /** Partition by symbol. */
  readonly instruments: Readonly<Record<string, number>>;
}

const SYMBOL = /^[A-Z0-9]{2,16}$/;
/** Partitions are 16 bits wide wherever they are written down. */
const LAST = 0xffff;
/** Last four digits of an id: the partition that its maker meant. */
const PARTITION_DIGITS = /[0-9a-f]{4}$/;

const isPartition = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= LAST;

/**
 * Says where commands go. An instrument never changes its partition: its orders, its sequence and the funds of those who trade
 * it are there. A map may only grow by instruments and partitions.
 */
export class PartitionMap {
  /** Everything on partition 0. */
  static readonly SINGLE = new PartitionMap({ defaultPartition: 0, instruments: {} });

  /**
   * Reads a map from configuration; nothing at all is one partition.
   *
   * @throws DomainError `invalid_partition_map` with everything that is wrong
   */
  static of(value: unknown): PartitionMap {
    if (value === undefined) return PartitionMap.SINGLE;
    const problems: string[] = [];
    const { defaultPartition = 0, instruments = {}, ...others } = isRecord(value) ? value : {};
    if (!isRecord(value)) problems.push('is not an object such as {"defaultPartition":0,"instruments":{"ETHUSDT":1}}');
    const unknown = Object.keys(others);
    if (unknown.length > 0) problems.push(`has ${unknown.join(', ')}; there are defaultPartition and instruments`);
    if (!isPartition(defaultPartition)) problems.push(`defaultPartition must be a whole number from 0 to ${LAST}, got ${JSON.stringify(defaultPartition)}`);
    if (!isRecord(instruments)) problems.push('instruments must be an object of partitions by symbol');
    for (const [symbol, partition] of isRecord(instruments) ? Object.entries(instruments) : []) {
      if (!SYMBOL.test(symbol)) problems.push(`instruments.${symbol} is no symbol: 2 to 16 upper-case letters and digits`);
      if (!isPartition(partition)) problems.push(`instruments.${symbol} must be a whole number from 0 to ${LAST}, got ${JSON.stringify(partition)}`);
    }
    if (problems.length > 0) throw new DomainError('invalid_partition_map', `the partition map cannot be used: ${problems.join('; ')}`);
    return new PartitionMap({ defaultPartition, instruments } as PartitionMapSpec);
  }

  /** Every partition, in the order of their numbers; at least one. */
  readonly partitions: readonly number[];
  readonly defaultPartition: number;
  private readonly bySymbol: ReadonlyMap<string, number>;

  private constructor(spec: PartitionMapSpec) {
    this.defaultPartition = spec.defaultPartition;
    this.bySymbol = new Map(Object.entries(spec.instruments));
    this.partitions = [...new Set([spec.defaultPartition, ...this.bySymbol.values()])].sort((a, b) => a - b);
  }

  /** Whether there is more than one: then answers name the partition that they are about. */
  get several(): boolean {
    return this.partitions.length > 1;
  }

  has(partition: number): boolean {
    return this.partitions.includes(partition);
  }

  /** Where an instrument trades. */
  partitionOf(symbol: string): number {
    return this.bySymbol.get(symbol) ?? this.defaultPartition;
  }

  /**
   * Where an order is by its id alone: what `newOrderId` wrote there, for an id that names no partition of this map (one from before
   * there were several) the default. A hint for when nobody knows the order's symbol.
   */
  partitionOfId(id: string): number {
    const named = Number.parseInt(PARTITION_DIGITS.exec(id)?.[0] ?? '', 16);
    return this.has(named) ? named : this.defaultPartition;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
