import { Token } from 'aws-cdk-lib';
import { Faults } from '../../private/faults';

/** A peak as requests. */
export interface RequestPeak {
  /** Requests per second at the peak, of all clients together. */
  readonly requestsPerSecond: number;

  /** Requests per second that one task carried within its latency target, as a load test measured it. */
  readonly requestsPerSecondPerTask: number;
}

/** A peak as connections. */
export interface ConnectionPeak {
  /** Open connections at the peak, of all clients together. */
  readonly connections: number;

  /** Connections that one task carried within its latency target, as a load test measured it. */
  readonly connectionsPerTask: number;
}

/**
 * How many tasks must run so that the loss of a zone is not felt: the zones that are left carry the peak alone, because new tasks and
 * zonal shifts come too late. In each zone `ceil(peak / (zones - 1))`.
 */
export class ZoneSizing {
  /**
   * For a peak that so many tasks carry.
   *
   * @throws Error when it is not a whole number above 0
   */
  public static forTasks(peakTasks: number): ZoneSizing {
    return new ZoneSizing('forTasks', { peakTasks }, peakTasks);
  }

  /**
   * For so many requests per second.
   *
   * @throws Error when a number is not above 0
   */
  public static forRequests(peak: RequestPeak): ZoneSizing {
    return new ZoneSizing('forRequests', { ...peak }, Math.ceil(peak.requestsPerSecond / peak.requestsPerSecondPerTask));
  }

  /**
   * For so many open connections.
   *
   * @throws Error when a number is not above 0
   */
  public static forConnections(peak: ConnectionPeak): ZoneSizing {
    return new ZoneSizing('forConnections', { ...peak }, Math.ceil(peak.connections / peak.connectionsPerTask));
  }

  /** Tasks that carry the peak when no zone is lost. */
  public readonly peakTasks: number;

  private constructor(factory: string, given: Record<string, number>, peakTasks: number) {
    const faults = new Faults(`ZoneSizing.${factory}`);
    for (const [name, value] of Object.entries(given)) {
      faults.check(!Token.isUnresolved(value), `\`${name}\` must be a plain value, got an unresolved token; read it from the context instead of a parameter`);
      faults.check(Token.isUnresolved(value) || (Number.isFinite(value) && value > 0), `\`${name}\` must be above 0, got: ${value}`);
    }
    faults.check(factory !== 'forTasks' || Token.isUnresolved(peakTasks) || Number.isInteger(peakTasks), `\`peakTasks\` must be a whole number, got: ${peakTasks}`);
    faults.throwIfAny();
    this.peakTasks = peakTasks;
  }

  /**
   * Tasks in each of so many zones.
   *
   * @throws Error for fewer than two zones, of which none is left when one is lost
   */
  public tasksPerZone(zones: number): number {
    if (!Number.isInteger(zones) || zones < 2) throw new Error(`ZoneSizing: a service needs two zones, better three, for one of them to carry on, got: ${zones}`);
    return Math.ceil(this.peakTasks / (zones - 1));
  }

  /**
   * Tasks in all of so many zones.
   *
   * @throws Error for fewer than two zones
   */
  public minimumTasks(zones: number): number {
    return this.tasksPerZone(zones) * zones;
  }
}
