/** Engine of a cache and its version. */
export class CacheEngine {
  /** Valkey 8.0. */
  public static readonly VALKEY_8_0 = CacheEngine.valkey('8.0');
  /** Valkey 9.0, the first that can keep every write it acknowledged. */
  public static readonly VALKEY_9_0 = CacheEngine.valkey('9.0');
  /** Redis OSS 7.1. */
  public static readonly REDIS_7_1 = CacheEngine.redis('7.1');

  /**
   * Valkey.
   *
   * @param version version with a dot, 7.2 or newer
   */
  public static valkey(version: string): CacheEngine {
    return new CacheEngine('valkey', version);
  }

  /**
   * Redis OSS.
   *
   * @param version version with a dot, 7.0 or newer
   */
  public static redis(version: string): CacheEngine {
    return new CacheEngine('redis', version);
  }

  /** Name of the engine, 'valkey' or 'redis'. */
  public readonly name: string;
  /** Version of the engine. */
  public readonly version: string;
  /** Number before the dot of the version. */
  public readonly majorVersion: number;
  /** Family of parameter groups, such as 'valkey8'. */
  public readonly parameterGroupFamily: string;

  private constructor(name: string, version: string) {
    this.name = name;
    this.version = version;
    this.majorVersion = Number.parseInt(version, 10);
    if (!/^\d+\.\d+$/.test(version) || this.majorVersion < 7) throw new Error(`\`version\` of ${name} must be 7.0 or newer, with a dot, got: '${version}'`);
    this.parameterGroupFamily = `${name}${this.majorVersion}`;
  }
}

/** Whether a cache keeps writes that it has acknowledged, when its nodes are lost. */
export enum CacheDurability {
  /** A write is in a log of several zones before it is acknowledged: none is lost, each takes milliseconds. */
  SYNC = 'sync',
  /** The log follows: the writes of some seconds may be lost. */
  ASYNC = 'async',
}
