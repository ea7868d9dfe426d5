import { type Histogram, build } from 'hdr-histogram-js';

/** Milliseconds with three decimals. */
export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
}

/** Latencies in an HDR histogram: from a microsecond to ten minutes, three significant digits. */
export class Latencies {
  private readonly histogram: Histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });

  record(milliseconds: number): void {
    this.histogram.recordValue(Math.max(1, Math.min(600_000_000, Math.round(milliseconds * 1_000))));
  }

  get count(): number {
    return this.histogram.totalCount;
  }

  /** Milliseconds; 0 without any value. */
  get max(): number {
    return this.count === 0 ? 0 : this.histogram.maxValue / 1_000;
  }

  percentiles(): Percentiles {
    return { p50: this.at(50), p95: this.at(95), p99: this.at(99), p999: this.at(99.9) };
  }

  private at(percentile: number): number {
    return this.count === 0 ? 0 : this.histogram.getValueAtPercentile(percentile) / 1_000;
  }
}
