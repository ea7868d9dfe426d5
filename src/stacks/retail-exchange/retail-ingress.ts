import { Duration, RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { originNames } from './names';
import type { RetailExchangeProps } from './retail-options';
import { TradingService } from '../../constructs/compute/trading-service';
import { PublicEndpoint } from '../../constructs/edge/public-endpoint';
import { LoadBalancerExposure } from '../../constructs/ingress/load-balancer-exposure';
import { TradingLoadBalancer, TradingLoadBalancerProps } from '../../constructs/ingress/trading-load-balancer';
import { ManagedPrefixListIds } from '../../constructs/network/managed-prefix-lists';
import { TradingNetwork } from '../../constructs/network/trading-network';
import { alarm } from '../../private/alarms';
import { acceptPlainListener, acceptPublicBalancer } from '../acknowledgements-retail';

/** What the way in to a region is made from. Not exported from the package. */
export interface RetailIngressOptions {
  readonly network: TradingNetwork;
  readonly accessLogs: s3.IBucket;
  /** What our distribution shows; undefined where the load balancer has no public address. */
  readonly originSecret?: SecretValue;
  readonly system: RetailExchangeProps;
  readonly service: TradingService;
  readonly prefixListIds?: ManagedPrefixListIds;
  readonly isHome: boolean;
  readonly alarmActions: cloudwatch.IAlarmAction[];
}

/** What changes something, and belongs to the home region. */
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * The load balancer of a region: internal behind a VPC origin in a system of one region; with several it has a public address, because the
 * nearest one is found by name, and takes requests of our own distribution only.
 */
export function createIngress(scope: Construct, options: RetailIngressOptions): TradingLoadBalancer {
  const { network, system, service, alarmActions } = options;
  const ingress = new TradingLoadBalancer(scope, 'Ingress', {
    vpc: network.vpc,
    service,
    ...exposure(scope, options),
    accessLogs: options.accessLogs,
    deletionProtection: system.removalPolicy !== RemovalPolicy.DESTROY,
    alarmActions,
  });
  acceptPlainListener(ingress);
  acceptPublicBalancer(ingress);
  if (!options.isHome) refuseWrites(ingress);
  return ingress;
}

/** Route 53 takes alarms of one metric alone, without expressions. */
export function healthAlarm(scope: Construct, ingress: TradingLoadBalancer, actions: cloudwatch.IAlarmAction[]): cloudwatch.Alarm {
  return alarm(scope, 'HealthAlarm', {
    metric: ingress.targetGroup.metrics.healthyHostCount({ period: Duration.minutes(1), statistic: cloudwatch.Stats.MINIMUM }),
    description: 'No task of the API answers its health check.',
    threshold: 1,
    periods: 2,
    comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    missing: cloudwatch.TreatMissingData.BREACHING,
    actions,
  });
}

/** The journal of another region has no reader: an order in it would be accepted and never matched. */
function refuseWrites({ listener }: TradingLoadBalancer): void {
  listener.addAction('Writes', {
    priority: 1,
    conditions: [elbv2.ListenerCondition.httpRequestMethods(WRITES)],
    action: elbv2.ListenerAction.fixedResponse(421, {
      contentType: 'application/json', messageBody: JSON.stringify({ code: 'misdirected', message: 'This region only reads; orders go to the home region.' }),
    }),
  });
}

function exposure(scope: Construct, options: RetailIngressOptions): Pick<TradingLoadBalancerProps, 'exposure' | 'certificate' | 'allowFrom'> {
  const { network, originSecret, system: { endpoint }, prefixListIds, isHome } = options;
  if (originSecret === undefined) return { allowFrom: [network.cloudFrontOriginFacing], certificate: ownCertificate(scope, endpoint) };
  const { nearest, home } = originNames(endpoint)!;
  return {
    exposure: LoadBalancerExposure.cloudFrontOnly({ prefixListIds, originSecrets: [originSecret] }),
    certificate: new acm.Certificate(scope, 'Certificate', {
      domainName: nearest,
      subjectAlternativeNames: isHome ? [home] : undefined,
      validation: acm.CertificateValidation.fromDns(endpoint!.hostedZone),
    }),
  };
}

/** With one region the load balancer answers at the name that users type. */
function ownCertificate(scope: Construct, endpoint?: PublicEndpoint): acm.ICertificate | undefined {
  if (endpoint?.domainName === undefined || endpoint.originCertificate !== undefined) return endpoint?.originCertificate;
  if (endpoint.hostedZone === undefined) return endpoint.certificate;
  return new acm.Certificate(scope, 'Certificate', {
    domainName: endpoint.domainName, validation: acm.CertificateValidation.fromDns(endpoint.hostedZone),
  });
}
