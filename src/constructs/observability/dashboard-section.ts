import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { ServiceLevelObjective } from './service-level-objective';

/** What is seen at the edge. */
export interface EdgeMetrics {
  /** Requests of viewers, as a sum. */
  readonly requests: cloudwatch.IMetric;
  /** Share of them that failed, in per cent. */
  readonly errorRates: cloudwatch.IMetric[];
  /**
   * Requests that the web ACL refused, as a sum.
   *
   * @default - not shown
   */
  readonly blocked?: cloudwatch.IMetric;
}

/** What is seen of the API. */
export interface ApiMetrics {
  /** Requests, as a sum. */
  readonly requests: cloudwatch.IMetric;
  /** Those that failed through our fault, as a sum. */
  readonly errors: cloudwatch.IMetric;
  /** Latency in milliseconds, best at several percentiles. */
  readonly latencies: cloudwatch.IMetric[];
  /**
   * WebSocket connections that are open.
   *
   * @default - not shown
   */
  readonly connections?: cloudwatch.IMetric;
}

/** What is seen of orders on their way. */
export interface OrderPathMetrics {
  /** Orders that were accepted, as a sum. */
  readonly orders: cloudwatch.IMetric;
  /** Age of what readers of the journal have not read yet, in milliseconds. */
  readonly journalAges: cloudwatch.IMetric[];
  /** Age of the oldest message that is not settled, in seconds. */
  readonly settlementAges: cloudwatch.IMetric[];
  /** Messages that halted their partition. */
  readonly deadLetters: cloudwatch.IMetric[];
}

/** What is seen of the stores. */
export interface DataMetrics {
  /** CPU of databases and caches, in per cent. */
  readonly cpuUtilizations: cloudwatch.IMetric[];
  /** Connections. */
  readonly connections: cloudwatch.IMetric[];
  /**
   * How far replicas are behind, in milliseconds.
   *
   * @default - not shown
   */
  readonly replicaLags?: cloudwatch.IMetric[];
  /**
   * Requests that tables or streams refused for lack of capacity, as a sum.
   *
   * @default - not shown
   */
  readonly throttles?: cloudwatch.IMetric[];
}

/** What is seen of the costs. */
export interface CostMetrics {
  /** Charges of the month so far, in US dollars, such as `TradingBudget.metricEstimatedCharges()`. */
  readonly estimatedCharges: cloudwatch.IMetric;
  /**
   * What the month may cost, in US dollars, as a line.
   *
   * @default - no line
   */
  readonly monthlyLimitUsd?: number;
}

/** One graph of a section. */
interface Graph {
  readonly title: string;
  readonly metrics: cloudwatch.IMetric[];
  readonly unit?: string;
  readonly lines?: cloudwatch.HorizontalAnnotation[];
}

/** What is seen of a promise. */
export interface ObjectiveMetrics {
  /** How many times faster than allowed the error budget is spent; above 1 it does not last. */
  readonly burnRate: cloudwatch.IMetric;
  /** Share of the requests that failed. */
  readonly errorRatio: cloudwatch.IMetric;
  /**
   * Latency at the 99th percentile, in milliseconds.
   *
   * @default - not shown
   */
  readonly latencyP99?: cloudwatch.IMetric;
}

/** CloudWatch draws at most 500 metrics in a graph. */
const MAX_METRICS = 500;
/** Width of a dashboard in columns. */
const COLUMNS = 24;

/** A row of a dashboard, in the words of an exchange. */
export class DashboardSection {
  /** What reaches the edge and what is turned away there. */
  public static edge(metrics: EdgeMetrics): DashboardSection {
    return new DashboardSection('Edge', [
      { title: 'Requests', metrics: [metrics.requests] },
      { title: 'Failed requests', metrics: metrics.errorRates, unit: '%' },
      { title: 'Refused by the web ACL', metrics: only(metrics.blocked) },
    ]);
  }

  /**
   * What the API answers and how fast.
   *
   * @param metrics what is shown
   * @param objective promise that is drawn into the latency; none when it is left out
   */
  public static api(metrics: ApiMetrics, objective?: ServiceLevelObjective): DashboardSection {
    const promise = objective?.latencyP99;
    return new DashboardSection('API', [
      { title: 'Requests', metrics: [metrics.requests] },
      { title: 'Errors', metrics: [metrics.errors] },
      {
        title: 'Latency',
        metrics: metrics.latencies,
        unit: 'ms',
        lines: promise && [{ value: promise.toMilliseconds(), label: 'promised at p99', color: cloudwatch.Color.RED }],
      },
      { title: 'Open connections', metrics: only(metrics.connections) },
    ]);
  }

  /**
   * Whether a promise is kept: how fast its error budget is spent, with the lines at which somebody is told.
   *
   * @param metrics what is shown; `SloAlarms.dashboardSection()` has them at hand
   * @param objective the promise
   */
  public static objective(metrics: ObjectiveMetrics, objective: ServiceLevelObjective): DashboardSection {
    const promise = objective.latencyP99;
    const lines = objective.burnRates().map(({ name, factor, page }) => (
      { value: factor, label: `${name}: ${page ? 'page' : 'ticket'}`, color: page ? cloudwatch.Color.RED : cloudwatch.Color.ORANGE }));
    return new DashboardSection(`Objective ${objective.availability} %`, [
      { title: 'Burn rate of the error budget', metrics: [metrics.burnRate], lines },
      { title: 'Share of failed requests', metrics: [metrics.errorRatio], lines: [{ value: objective.errorBudget, label: 'allowed', color: cloudwatch.Color.RED }] },
      {
        title: 'Latency',
        metrics: only(metrics.latencyP99),
        unit: 'ms',
        lines: promise && [{ value: promise.toMilliseconds(), label: 'promised at p99', color: cloudwatch.Color.RED }],
      },
    ]);
  }

  /** How orders move from the API to the ledger. */
  public static orderPath(metrics: OrderPathMetrics): DashboardSection {
    return new DashboardSection('Order path', [
      { title: 'Accepted orders', metrics: [metrics.orders] },
      { title: 'Behind the journal', metrics: metrics.journalAges, unit: 'ms' },
      { title: 'Behind the settlement queue', metrics: metrics.settlementAges, unit: 's' },
      { title: 'Halted partitions', metrics: metrics.deadLetters, lines: [{ value: 1, label: 'somebody must act', color: cloudwatch.Color.RED }] },
    ]);
  }

  /** How the stores bear the load. */
  public static data(metrics: DataMetrics): DashboardSection {
    return new DashboardSection('Data', [
      { title: 'CPU', metrics: metrics.cpuUtilizations, unit: '%', lines: [{ value: 70, label: 'scale out', color: cloudwatch.Color.ORANGE }] },
      { title: 'Connections', metrics: metrics.connections },
      { title: 'Behind the writer', metrics: metrics.replicaLags ?? [], unit: 'ms' },
      { title: 'Throttled requests', metrics: metrics.throttles ?? [] },
    ]);
  }

  /** What the month has cost so far. */
  public static cost(metrics: CostMetrics): DashboardSection {
    const limit = metrics.monthlyLimitUsd;
    const lines = limit === undefined ? [] : [{ value: limit, label: 'budget', color: cloudwatch.Color.RED }];
    return new DashboardSection('Cost', [{ title: 'Charges of the month', metrics: [metrics.estimatedCharges], unit: 'USD', lines }]);
  }

  private constructor(
    /** Heading of the section. */
    public readonly title: string,
    private readonly graphs: Graph[],
  ) {}

  /**
   * What is wrong with the section.
   *
   * @internal
   */
  public _faults(): string[] {
    return this.graphs.filter(({ metrics }) => metrics.length > MAX_METRICS)
      .map(({ title, metrics }) => `'${this.title}: ${title}' must have at most ${MAX_METRICS} metrics, got: ${metrics.length}`);
  }

  /**
   * The graphs that have something to show, side by side over the whole width.
   *
   * @internal
   */
  public _widgets(): cloudwatch.IWidget[] {
    const shown = this.graphs.filter(({ metrics }) => metrics.length > 0);
    return shown.map(({ title, metrics, unit, lines }) => new cloudwatch.GraphWidget({
      title,
      left: metrics,
      leftYAxis: { min: 0, label: unit, showUnits: false },
      leftAnnotations: lines,
      width: Math.floor(COLUMNS / shown.length),
      liveData: true,
      period: Duration.minutes(1),
    }));
  }
}

function only(metric?: cloudwatch.IMetric): cloudwatch.IMetric[] {
  return metric === undefined ? [] : [metric];
}
