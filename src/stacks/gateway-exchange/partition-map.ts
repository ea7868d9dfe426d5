import { Faults } from '../../private/faults';

/**
 * Which ledger keeps which partition of a region. A partition is never moved: its ledger has its past. A map may grow at its end.
 */
export class PartitionMap {
  /**
   * All partitions in one ledger.
   *
   * @param partitions how many
   * @throws Error when it is not a whole number from 1 to 100
   */
  public static oneLedger(partitions: number): PartitionMap {
    return PartitionMap.of(Array.from({ length: length(partitions) }, () => 0));
  }

  /**
   * A ledger for each partition: the database is sharded.
   *
   * @param partitions how many
   * @throws Error when it is not a whole number from 1 to 100
   */
  public static ledgerEach(partitions: number): PartitionMap {
    return PartitionMap.of(Array.from({ length: length(partitions) }, (_, partition) => partition));
  }

  /**
   * A ledger named for each partition.
   *
   * @param ledgers number of the ledger, from 0, by partition
   * @throws Error when there is none, more than a hundred, or a number is left out
   */
  public static of(ledgers: number[]): PartitionMap {
    const faults = new Faults('PartitionMap');
    const known = new Set(ledgers);
    faults.check(ledgers.length >= 1 && ledgers.length <= MOST, `\`ledgers\` must be from 1 to ${MOST}, one for each partition, got: ${ledgers.length}`);
    faults.check([...known].every((ledger) => Number.isInteger(ledger) && ledger >= 0 && ledger < known.size),
      `\`ledgers\` must be numbers from 0 without one left out, got: ${ledgers.join(', ')}`);
    faults.throwIfAny();
    return new PartitionMap([...ledgers]);
  }

  private constructor(
    /** Number of the ledger by partition, from 0. */
    public readonly ledgers: number[],
  ) {}

  /** Partitions. */
  public get partitionCount(): number {
    return this.ledgers.length;
  }

  /**
   * Partitions that a ledger keeps.
   *
   * @param ledger number of the ledger, from 0
   */
  public partitionsOf(ledger: number): number[] {
    return this.ledgers.flatMap((one, partition) => (one === ledger ? [partition] : []));
  }

  /** Ledgers. */
  public get ledgerCount(): number {
    return new Set(this.ledgers).size;
  }
}

const MOST = 100;

function length(partitions: number): number {
  const faults = new Faults('PartitionMap');
  faults.check(Number.isInteger(partitions) && partitions >= 1 && partitions <= MOST, `\`partitions\` must be a whole number from 1 to ${MOST}, got: ${partitions}`);
  faults.throwIfAny();
  return partitions;
}
