import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { MatchingService } from '../constructs/compute/matching-service';
import { TradingFunction } from '../constructs/compute/trading-function';
import { TradingService } from '../constructs/compute/trading-service';
import { alarm } from '../private/alarms';
import { publishedMetric } from '../private/published-metrics';

/** Services of a system, as far as it has them. */
export interface ServiceAlarmsProps {
  readonly api: TradingService;
  /** By partition. */
  readonly matching: MatchingService[];
  readonly streamer?: TradingService;
  /** By partition. */
  readonly settlement: TradingFunction[];
  readonly actions?: cloudwatch.IAlarmAction[];
}

/** Tells when something on the path of an order, or the market, lags behind: by what the services publish themselves. */
export class ServiceAlarms extends Construct {
  public constructor(scope: Construct, id: string, { api, matching, streamer, settlement, actions }: ServiceAlarmsProps) {
    super(scope, id);
    const minutes = (count: number) => ({ periods: count, actions });
    alarm(this, 'JournalLag', {
      ...minutes(2),
      metric: api.metricPublished('JournalLag'),
      description: 'Orders wait more than 3 s for the journal. The API turns new ones away; those that were acknowledged are safe.',
      threshold: Duration.seconds(3).toMilliseconds(),
    });
    alarm(this, 'BreakersOpen', {
      ...minutes(3),
      metric: api.metricPublished('BreakersOpen'),
      description: 'The API does not ask something that keeps failing, such as the cache or the ledger, and answers without it.',
      threshold: 0,
    });
    matching.forEach(({ serviceA, serviceB }, partition) => [serviceA, serviceB].forEach((replica, index) => alarm(this, `CoreLag${partition || ''}${'AB'[index]}`, {
      ...minutes(3),
      metric: replica.metricPublished('CoreLag'),
      description: `The ${index === 0 ? 'first' : 'second'} matcher of partition ${partition} is more than 5 s behind its journal, or stands still.`,
      threshold: Duration.seconds(5).toMilliseconds(),
    })));
    settlement.forEach((one, partition) => alarm(this, `SettlementLag${partition || ''}`, {
      ...minutes(3),
      metric: publishedMetric('SettlementLag', { FunctionName: one.function.functionName }),
      description: `The ledger of partition ${partition} takes events more than 30 s after they happened: what it does not have is at risk when a region is lost.`,
      threshold: Duration.seconds(30).toMilliseconds(),
    }));
    if (streamer === undefined) return;
    alarm(this, 'FeedAge', {
      ...minutes(3),
      metric: streamer.metricPublished('FeedAge'),
      description: 'Nothing has come from the exchange for more than 30 s, or no streamer says so. Prices on screens and in simulations are old.',
      threshold: Duration.seconds(30).toMilliseconds(),
      missing: cloudwatch.TreatMissingData.BREACHING,
    });
  }
}
