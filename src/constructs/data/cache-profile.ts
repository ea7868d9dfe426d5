import { Duration } from 'aws-cdk-lib';
import type { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';
import { checkWhole } from '../../private/whole';

/** What a cache gives up when its memory is full. */
export enum EvictionPolicy {
  /** Nothing: writes are refused. */
  NO_EVICTION = 'noeviction',
  /** The key that was used longest ago. */
  ALL_KEYS_LRU = 'allkeys-lru',
  /** The key that is used least. */
  ALL_KEYS_LFU = 'allkeys-lfu',
  /** Among keys that expire, the one that was used longest ago. */
  VOLATILE_LRU = 'volatile-lru',
  /** Among keys that expire, the one that is used least. */
  VOLATILE_LFU = 'volatile-lfu',
  /** The key that expires soonest. */
  VOLATILE_TTL = 'volatile-ttl',
}

/** What to change about a profile. */
export interface CacheSettings {
  /**
   * What is given up when the memory is full.
   *
   * @default - that of the profile
   */
  readonly evictionPolicy?: EvictionPolicy;

  /**
   * Share of a node's memory that is kept free for snapshots and failover, in percent: from 0 to 90.
   *
   * @default - that of the profile
   */
  readonly reservedMemoryPercent?: number;

  /**
   * Connections to one node above which something is wrong: at most 65,000, at which the engine refuses more. The alarm fires at
   * 80 % of it.
   *
   * @default 65000
   */
  readonly connectionLimit?: number;

  /**
   * After how long without a command a connection is closed. Zero never closes one, as subscribers need it.
   *
   * @default Duration.seconds(0)
   */
  readonly idleTimeout?: Duration;

  /**
   * How long daily snapshots are kept: from 0 days, which takes none, to 35.
   *
   * @default Duration.days(15)
   */
  readonly snapshotRetention?: Duration;
}

/** Connections at which a node refuses more; it cannot be raised. */
const MOST_CONNECTIONS = 65_000;

/** Settings of a cache by what it is for. */
export class CacheProfile {
  /**
   * Prices, books and anything else that its writer fills again: what was used longest ago makes room.
   *
   * @param settings what to change
   */
  public static projection(settings: CacheSettings = {}): CacheProfile {
    return new CacheProfile({ evictionPolicy: EvictionPolicy.ALL_KEYS_LRU, reservedMemoryPercent: 25, ...settings });
  }

  /**
   * Sessions: what expires soonest makes room, and a key without an end stays.
   *
   * @param settings what to change
   */
  public static sessions(settings: CacheSettings = {}): CacheProfile {
    return new CacheProfile({ evictionPolicy: EvictionPolicy.VOLATILE_TTL, reservedMemoryPercent: 25, ...settings });
  }

  /**
   * Jobs and order books that nobody fills again: nothing makes room, writes are refused instead, and half of the memory is free for
   * a snapshot of a cache that is written to all the time.
   *
   * @param settings what to change
   */
  public static queue(settings: CacheSettings = {}): CacheProfile {
    return new CacheProfile({ evictionPolicy: EvictionPolicy.NO_EVICTION, reservedMemoryPercent: 50, ...settings });
  }

  /** What is given up when the memory is full. */
  public readonly evictionPolicy: EvictionPolicy;
  /** Share of a node's memory that is kept free, in percent. */
  public readonly reservedMemoryPercent: number;
  /** Connections to one node above which something is wrong. */
  public readonly connectionLimit: number;
  /** After how long without a command a connection is closed; zero for never. */
  public readonly idleTimeout: Duration;
  /** How long daily snapshots are kept; zero for none. */
  public readonly snapshotRetention: Duration;

  private constructor(settings: CacheSettings) {
    this.evictionPolicy = settings.evictionPolicy ?? EvictionPolicy.ALL_KEYS_LRU;
    this.reservedMemoryPercent = settings.reservedMemoryPercent ?? 25;
    this.connectionLimit = settings.connectionLimit ?? MOST_CONNECTIONS;
    this.idleTimeout = settings.idleTimeout ?? Duration.seconds(0);
    this.snapshotRetention = settings.snapshotRetention ?? Duration.days(15);
  }

  /**
   * Adds what is wrong with the values.
   *
   * @internal
   */
  public _check(faults: Faults): void {
    checkWhole(faults, 'profile.reservedMemoryPercent', this.reservedMemoryPercent, 0, 90);
    checkWhole(faults, 'profile.connectionLimit', this.connectionLimit, 1, MOST_CONNECTIONS);
    checkPlain(faults, { 'profile.snapshotRetention': this.snapshotRetention, 'profile.idleTimeout': this.idleTimeout });
    if (!this.snapshotRetention.isUnresolved()) checkWhole(faults, 'profile.snapshotRetention', this.snapshotRetention.toDays({ integral: false }), 0, 35);
    const idle = this.idleTimeout;
    faults.check(idle.isUnresolved() || idle.toSeconds() === 0 || idle.toSeconds() >= 20,
      `\`profile.idleTimeout\` must be 0 or at least 20 seconds, got: ${idle.toHumanString()}`);
  }

  /**
   * Parameters of the engine.
   *
   * @internal
   */
  public _parameters(clusterMode: boolean): { [name: string]: string } {
    return {
      'maxmemory-policy': this.evictionPolicy,
      'reserved-memory-percent': String(this.reservedMemoryPercent),
      'timeout': String(this.idleTimeout.toSeconds()),
      ...(clusterMode ? { 'cluster-enabled': 'yes' } : {}),
    };
  }
}
