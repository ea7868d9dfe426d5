import { Duration } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { alarm } from '../../private/alarms';

/** What every REST API of this package measures and raises alarms on. */
export abstract class RestApiBase extends Construct {
  /** The API. */
  public abstract readonly restApi: apigateway.RestApi;
  /** Its only stage. */
  public abstract readonly stage: apigateway.Stage;

  /** Requests. Sum over one minute unless said otherwise. */
  public metricRequests(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.stage.metricCount({ period: Duration.minutes(1), ...options });
  }

  /** Responses of the 5xx class. Sum over one minute unless said otherwise. */
  public metricServerErrors(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.stage.metricServerError({ period: Duration.minutes(1), statistic: cloudwatch.Stats.SUM, ...options });
  }

  /** Share of responses of the 5xx class, in percent of the requests of one minute. */
  public metricServerErrorRate(): cloudwatch.IMetric {
    return new cloudwatch.MathExpression({
      expression: '100 * errors / requests',
      label: 'Server errors, %',
      period: Duration.minutes(1),
      usingMetrics: { errors: this.metricServerErrors(), requests: this.metricRequests() },
    });
  }

  /** Time from request to response, in milliseconds. p99 over one minute unless said otherwise. */
  public metricLatency(options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return this.stage.metricLatency({ period: Duration.minutes(1), statistic: 'p99', ...options });
  }

  /** @internal */
  protected _errorAlarm(actions?: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    return alarm(this, 'ErrorAlarm', {
      metric: this.metricServerErrorRate(),
      description: 'More than 1 % of the requests to the REST API fail on our side.',
      threshold: 1,
      periods: 3,
      actions,
    });
  }

  /** @internal */
  protected _latencyAlarm(target: Duration, actions?: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
    return alarm(this, 'LatencyAlarm', {
      metric: this.metricLatency(),
      description: `More than one in a hundred requests to the REST API takes longer than ${target.toHumanString()}.`,
      threshold: target.toMilliseconds(),
      periods: 5,
      actions,
    });
  }
}
