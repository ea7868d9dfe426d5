import { Size } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';
import { checkWhole } from '../../private/whole';

/** What a stream must carry at its peak. */
export interface StreamLoad {
  /** Records per second. */
  readonly recordsPerSecond: number;

  /**
   * Size of a record, on average.
   *
   * @default Size.bytes(512)
   */
  readonly recordSize?: Size;

  /**
   * Share of a shard that may be used, in percent, because keys never spread evenly: from 10 to 100.
   *
   * @default 70
   */
  readonly utilizationPercent?: number;
}

const RECORDS_PER_SHARD = 1000;
const BYTES_PER_SHARD = 1024 * 1024;
const MOST_SHARDS = 20_000;

/** How much a stream carries: each shard takes 1 MiB and 1,000 records a second and gives 2 MiB. */
export class StreamCapacity {
  /** Shards come and go with the load, up to twice the highest load of the last 30 days. */
  public static onDemand(): StreamCapacity {
    return new StreamCapacity();
  }

  /**
   * A fixed number of shards.
   *
   * @param count how many
   * @throws Error when it is not a whole number, or a token
   */
  public static shards(count: number): StreamCapacity {
    const faults = new Faults('StreamCapacity.shards');
    checkWhole(faults, 'count', count, 1, MOST_SHARDS);
    faults.throwIfAny();
    return new StreamCapacity(count);
  }

  /**
   * As many shards as a load needs, by records or by bytes, whichever needs more.
   *
   * @param load what comes at the peak
   * @throws Error when a value is out of bounds, or a token
   */
  public static forLoad(load: StreamLoad): StreamCapacity {
    const { recordsPerSecond, recordSize = Size.bytes(512), utilizationPercent = 70 } = load;
    const faults = new Faults('StreamCapacity.forLoad');
    checkWhole(faults, 'recordsPerSecond', recordsPerSecond, 1, RECORDS_PER_SHARD * MOST_SHARDS);
    checkWhole(faults, 'utilizationPercent', utilizationPercent, 10, 100);
    faults.check(!recordSize.isUnresolved() && recordSize.toBytes() >= 1 && recordSize.toBytes() <= BYTES_PER_SHARD,
      `\`recordSize\` must be from 1 byte to 1 MiB, got: ${recordSize.isUnresolved() ? 'an unresolved token' : `${recordSize.toBytes()} bytes`}`);
    faults.throwIfAny();
    const shards = Math.max(recordsPerSecond / RECORDS_PER_SHARD, recordsPerSecond * recordSize.toBytes() / BYTES_PER_SHARD);
    return StreamCapacity.shards(Math.ceil(shards * 100 / utilizationPercent));
  }

  private constructor(
    /** Number of shards; undefined when they come and go. */
    public readonly shardCount?: number,
  ) {}
}
