import { Annotations, Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { DnsEndpoint, DnsRouting } from './dns-routing';
import { alarm } from '../../private/alarms';
import { Faults } from '../../private/faults';
import { checkPlain } from '../../private/plain';

/** Properties of `FailoverDns`. */
export interface FailoverDnsProps {
  /** Public hosted zone of the name. */
  readonly hostedZone: route53.IHostedZone;

  /** The name, for example `trade.example.com`. */
  readonly domainName: string;

  /** Where it leads. */
  readonly routing: DnsRouting;

  /**
   * Path that answers 200 while an endpoint can serve. It should fail when the endpoint's own data stores do.
   *
   * @default '/health'
   */
  readonly healthPath?: string;

  /**
   * How often each checker asks: 10 or 30 seconds.
   *
   * @default Duration.seconds(10)
   */
  readonly healthInterval?: Duration;

  /**
   * Failures in a row after which an endpoint is unhealthy, and successes after which it is healthy again. From 1 to 10.
   *
   * @default 3
   */
  readonly failureThreshold?: number;

  /**
   * Who is told when an endpoint is unhealthy.
   *
   * @default - nobody
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];
}

/**
 * The name of a platform: alias records over IPv4 and IPv6 to one endpoint, to the nearest of several, or to a primary with a
 * secondary, with health checks from outside. Put its stack into us-east-1, where Route 53 publishes the metrics of the checks.
 */
export class FailoverDns extends Construct {
  /** The records, those of IPv4 and IPv6 of an endpoint after each other. */
  public readonly records: route53.RecordSet[] = [];
  /** Health checks that were defined here, in the order of the endpoints. */
  public readonly healthChecks: route53.HealthCheck[] = [];
  /** One alarm per health check that was defined here; empty outside us-east-1. */
  public readonly healthAlarms: cloudwatch.Alarm[] = [];
  /** From an endpoint's failure to the first answer that leads elsewhere. Resolvers remember an alias for up to 60 seconds more. */
  public readonly detectionTime: Duration;

  public constructor(scope: Construct, id: string, props: FailoverDnsProps) {
    super(scope, id);
    const interval = props.healthInterval ?? Duration.seconds(10);
    const threshold = props.failureThreshold ?? 3;
    const path = props.healthPath ?? '/health';
    const faults = new Faults(this.node.path);
    checkPlain(faults, { healthInterval: interval, failureThreshold: threshold });
    faults.check(interval.isUnresolved() || [10, 30].includes(interval.toSeconds()), `\`healthInterval\` must be 10 or 30 seconds, got: ${interval.toHumanString()}`);
    faults.check(Token.isUnresolved(threshold) || (Number.isInteger(threshold) && threshold >= 1 && threshold <= 10), `\`failureThreshold\` must be a whole number from 1 to 10, got: ${threshold}`);
    faults.check(Token.isUnresolved(path) || path.startsWith('/'), `\`healthPath\` must begin with '/', got: '${path}'`);
    const { domainName } = props;
    const { zoneName } = props.hostedZone;
    faults.check(Token.isUnresolved(domainName) || Token.isUnresolved(zoneName) || domainName === zoneName || domainName.endsWith(`.${zoneName}`),
      `\`domainName\` must lie in the hosted zone ${zoneName}, got: '${domainName}'`);
    faults.throwIfAny();
    this.detectionTime = Duration.seconds(interval.toSeconds() * threshold);
    props.routing.endpoints.forEach((endpoint, index) => {
      const healthCheck = endpoint.healthCheck ?? this.healthCheck(endpoint, path, interval, threshold, props.alarmActions);
      this.addRecords(props, endpoint, index, healthCheck);
    });
  }

  /** Whether the checkers find an endpoint healthy: 1 or 0, the minimum of one minute. Published in us-east-1. */
  public metricHealth(healthCheck: route53.IHealthCheck, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Route53',
      metricName: 'HealthCheckStatus',
      dimensionsMap: { HealthCheckId: healthCheck.healthCheckId },
      period: Duration.minutes(1),
      statistic: cloudwatch.Stats.MINIMUM,
      ...options,
    });
  }

  private healthCheck(
    endpoint: DnsEndpoint, resourcePath: string, requestInterval: Duration, failureThreshold: number, actions?: cloudwatch.IAlarmAction[],
  ): route53.HealthCheck | undefined {
    if (endpoint.healthHost === undefined) return undefined;
    const healthCheck = new route53.HealthCheck(this, `Health-${endpoint.region}`, {
      type: route53.HealthCheckType.HTTPS,
      fqdn: endpoint.healthHost,
      port: 443,
      resourcePath,
      requestInterval,
      failureThreshold,
      enableSNI: true,
      measureLatency: true,
    });
    this.healthChecks.push(healthCheck);
    const { region } = Stack.of(this);
    if (!Token.isUnresolved(region) && region !== 'us-east-1') {
      Annotations.of(this).addWarningV2('cdk-trading-platform:failoverDnsWithoutAlarms',
        `Route 53 publishes the metrics of health checks in us-east-1 only, so there are no alarms in ${region}; move the stack to us-east-1`);
    } else {
      this.healthAlarms.push(alarm(this, `Alarm-${endpoint.region}`, {
        metric: this.metricHealth(healthCheck),
        description: `The endpoint in ${endpoint.region} does not answer its health check; users are led elsewhere.`,
        threshold: 1,
        comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        missing: cloudwatch.TreatMissingData.BREACHING,
        actions,
      }));
    }
    return healthCheck;
  }

  private addRecords(props: FailoverDnsProps, endpoint: DnsEndpoint, index: number, healthCheck?: route53.IHealthCheck): void {
    const { hostedZone, domainName, routing: { kind } } = props;
    const name = kind === 'simple' ? '' : `-${endpoint.region}`;
    const options: route53.ARecordProps = {
      zone: hostedZone,
      recordName: domainName,
      target: route53.RecordTarget.fromAlias(kind === 'failover' ? withTargetHealth(endpoint.target) : endpoint.target),
      ...(kind === 'simple' ? {} : { setIdentifier: endpoint.region, healthCheck }),
      ...(kind === 'latency' ? { region: endpoint.region } : {}),
      ...(kind === 'failover' ? { failover: index === 0 ? route53.Failover.PRIMARY : route53.Failover.SECONDARY } : {}),
    };
    this.records.push(new route53.ARecord(this, `Ipv4${name}`, options), new route53.AaaaRecord(this, `Ipv6${name}`, options));
  }
}

/** Route 53 takes failover aliases only when they look at the target's own health as well. */
function withTargetHealth(target: route53.IAliasRecordTarget): route53.IAliasRecordTarget {
  return { bind: (record, zone) => ({ ...target.bind(record, zone), evaluateTargetHealth: true }) };
}
