import { Duration, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IConstruct } from 'constructs';
import { Faults } from '../../private/faults';

/** What a collector next to a service collects and where it puts it. */
export interface CollectorConfigurationProps {
  /**
   * Port on which the service shows its metrics to Prometheus, at `/metrics`.
   *
   * @default - the service shows none
   */
  readonly prometheusPort?: number;

  /**
   * How often the metrics are read: 5 to 300 seconds.
   *
   * @default Duration.seconds(30)
   */
  readonly scrapeInterval?: Duration;

  /** Group that takes the metrics, from which CloudWatch makes its own. */
  readonly metricsLogGroup: logs.ILogGroup;

  /**
   * Namespace of the metrics in CloudWatch.
   *
   * @default 'Trading'
   */
  readonly metricNamespace?: string;

  /**
   * Memory of the collector's container in MiB, at least 128. It drops data before it needs more.
   *
   * @default 256
   */
  readonly memoryMiB?: number;
}

/** OTLP over gRPC and over HTTP, and its health. */
const OWN_PORTS = [4317, 4318, 13133];

/**
 * An OpenTelemetry collector as data, for a container beside a service: what it is told, what it may do, how it is checked.
 * The service sends traces to `otlpHttpEndpoint` or `otlpEndpoint`; the collector hands them to X-Ray, and metrics to CloudWatch in its embedded
 * format. It listens on the task's own addresses only.
 */
export class CollectorConfiguration {
  /** Address to which the service sends traces and metrics, in OTLP over gRPC: `OTEL_EXPORTER_OTLP_ENDPOINT` of a service that speaks that. */
  public readonly otlpEndpoint = 'http://127.0.0.1:4317';
  /** The same in OTLP over HTTP, which the services of this package speak. */
  public readonly otlpHttpEndpoint = 'http://127.0.0.1:4318';
  /** Command by which a container is checked; the distribution of AWS has it in its image, which has no shell. */
  public readonly healthCheckCommand = ['CMD', '/healthcheck'];
  /** Memory of the container in MiB. */
  public readonly memoryMiB: number;
  private readonly interval: Duration;

  /**
   * @param scope what names the region of the collector
   * @param props what is collected
   * @throws Error that lists everything that is wrong
   */
  public constructor(private readonly scope: IConstruct, private readonly props: CollectorConfigurationProps) {
    this.memoryMiB = props.memoryMiB ?? 256;
    this.interval = props.scrapeInterval ?? Duration.seconds(30);
    const { prometheusPort, metricNamespace } = props;
    const faults = new Faults(`CollectorConfiguration at ${scope.node.path}`);
    const isPort = (value: number) => Number.isInteger(value) && value >= 1 && value <= 65535;
    faults.check(prometheusPort === undefined || Token.isUnresolved(prometheusPort) || isPort(prometheusPort),
      `\`prometheusPort\` must be a port from 1 to 65535, got: ${prometheusPort}`);
    faults.check(prometheusPort === undefined || !OWN_PORTS.includes(prometheusPort),
      `\`prometheusPort\` must not be a port of the collector itself (${OWN_PORTS.join(', ')}), got: ${prometheusPort}`);
    faults.check(this.interval.isUnresolved() || (this.interval.toSeconds() >= 5 && this.interval.toSeconds() <= 300),
      `\`scrapeInterval\` must be from 5 to 300 seconds, got: ${this.interval.toHumanString()}`);
    faults.check(Token.isUnresolved(this.memoryMiB) || this.memoryMiB >= 128, `\`memoryMiB\` must be at least 128, got: ${this.memoryMiB}`);
    faults.check(metricNamespace === undefined || Token.isUnresolved(metricNamespace) || (/^[\w.\-/#:]{1,255}$/.test(metricNamespace) && !metricNamespace.startsWith('AWS/')),
      `\`metricNamespace\` must have 1 to 255 letters, digits or .-_/#: and not begin with AWS/, got: '${metricNamespace}'`);
    faults.throwIfAny();
  }

  /** Environment of the container. The configuration is JSON, which is YAML too. */
  public environment(): { [key: string]: string } {
    return { AOT_CONFIG_CONTENT: Stack.of(this.scope).toJsonString(this.content()) };
  }

  /** What the task's role must be allowed, and nothing more. X-Ray knows no resources for these actions. */
  public policyStatements(): iam.PolicyStatement[] {
    return [
      new iam.PolicyStatement({
        sid: 'SendTraces',
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets'],
        resources: ['*'],
      }),
      new iam.PolicyStatement({
        sid: 'WriteMetrics',
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [this.props.metricsLogGroup.logGroupArn],
      }),
    ];
  }

  private content(): object {
    const { region } = Stack.of(this.scope);
    const { prometheusPort, metricsLogGroup, metricNamespace } = this.props;
    const interval = `${this.interval.toSeconds()}s`;
    const scrape = {
      config: {
        scrape_configs: [{
          job_name: 'service', scrape_interval: interval, scrape_timeout: '5s', static_configs: [{ targets: [`127.0.0.1:${prometheusPort}`] }],
        }],
      },
    };
    const processors = ['memory_limiter', 'resourcedetection', 'batch'];
    return {
      extensions: { health_check: { endpoint: '127.0.0.1:13133' } },
      receivers: {
        otlp: { protocols: { grpc: { endpoint: '127.0.0.1:4317' }, http: { endpoint: '127.0.0.1:4318' } } },
        ...(prometheusPort === undefined ? {} : { prometheus: scrape }),
      },
      processors: {
        // Refuses new data at 80 per cent, so that the task is not killed for its side-car's memory.
        memory_limiter: { check_interval: '1s', limit_percentage: 80, spike_limit_percentage: 20 },
        // Where the {TaskId} of the streams comes from.
        resourcedetection: { detectors: ['env', 'ecs'] },
        batch: { timeout: '5s', send_batch_size: 512 },
      },
      exporters: {
        awsxray: { region },
        awsemf: {
          region,
          namespace: metricNamespace ?? 'Trading',
          log_group_name: metricsLogGroup.logGroupName,
          // One stream per task, and no metric per combination of labels beyond those that are given.
          log_stream_name: '{TaskId}',
          dimension_rollup_option: 'NoDimensionRollup',
        },
      },
      service: {
        extensions: ['health_check'],
        telemetry: { logs: { level: 'warn' } },
        pipelines: {
          traces: { receivers: ['otlp'], processors, exporters: ['awsxray'] },
          metrics: { receivers: prometheusPort === undefined ? ['otlp'] : ['otlp', 'prometheus'], processors, exporters: ['awsemf'] },
        },
      },
    };
  }
}
