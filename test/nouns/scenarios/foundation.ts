/** Network, security, observability, identity and governance as the documents set them. */
import { Duration, SecretValue } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import {
  AlarmTopic, CostAllocationTags, CostAnomalyMonitor, DashboardSection, DataKeys, FederatedIdentity, LedgerDatabase, MaintenanceDay,
  MaintenanceWindow, PermissionsBoundary, RotatedSecret, ServiceLevelObjective, SignInDomain, SloAlarms, TraceSampling, TradingBudget,
  TradingDashboard, TradingLogGroup, TradingNetwork, TradingUserPool, UsageExport, ZonalShift,
} from '../../../src';
import { CidrPlan } from '../../../src/constructs/network/cidr-plan';
import { NetworkProfile } from '../../../src/constructs/network/network-profile';
import { mail } from '../../support/every-construct/common';
import { givenFunction } from '../../support/given';
import type { Scenarios } from '../scenario';

const metric = (metricName: string, statistic = 'Sum') => new cloudwatch.Metric({ namespace: 'Api', metricName, statistic });

export const foundation: Scenarios = {
  network: (stack) => {
    const network = new TradingNetwork(stack, 'Network', { cidrPlan: CidrPlan.document(), profile: NetworkProfile.publicIngress() });
    new LedgerDatabase(stack, 'Ledger', { vpc: network.vpc });
  },
  recoveryNetwork: (stack) => {
    new TradingNetwork(stack, 'Network', { cidrPlan: CidrPlan.document().disasterRecovery(), profile: NetworkProfile.privateOnly() });
  },
  keys: (stack) => {
    new DataKeys(stack, 'Keys');
    new PermissionsBoundary(stack, 'Boundary', { regions: ['us-east-1', 'us-west-2'] });
  },
  secret: (stack) => {
    new RotatedSecret(stack, 'FeedKey', { description: 'BYBIT_API_KEY of the market feed', rotationFunction: givenFunction(stack, 'Rotate') });
  },
  userPool: (stack) => {
    new TradingUserPool(stack, 'Identity', { mfa: cognito.Mfa.REQUIRED, groups: [{ name: 'traders' }] });
  },
  federation: (stack) => {
    new FederatedIdentity(stack, 'SignIn', {
      userPool: new TradingUserPool(stack, 'Identity').userPool,
      domain: SignInDomain.prefix('desk-signin'),
      callbackUrls: ['https://trade.example.com/signed-in'],
      google: { clientId: 'google-client', clientSecret: SecretValue.secretsManager('google-secret') },
      okta: { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-secret') },
    });
  },
  observability: (stack) => {
    new TradingLogGroup(stack, 'Logs');
    new TraceSampling(stack, 'Tracing', { rules: [{ urlPath: '/v1/orders', rate: 0.1 }] });
    const topic = new AlarmTopic(stack, 'Alarms', { emails: mail });
    const slo = (id: string, objective: ServiceLevelObjective) => new SloAlarms(stack, id, {
      objective, total: metric('Requests'), errors: metric('Errors'), latencyP99: metric('Latency', 'p99'), alarmActions: [topic],
    });
    const { pageAlarm } = slo('Gateway', ServiceLevelObjective.GATEWAY_EXCHANGE);
    slo('MultiRegion', ServiceLevelObjective.MULTI_REGION_EXCHANGE);
    new TradingDashboard(stack, 'Dashboard', { sections: [DashboardSection.edge({ requests: metric('Requests'), errorRates: [metric('5xx')] })], alarms: [pageAlarm] });
  },
  governance: (stack) => {
    new TradingBudget(stack, 'Budget', { monthlyLimitUsd: 3830, emails: mail });
    new CostAnomalyMonitor(stack, 'Anomalies', { emails: mail });
    new CostAllocationTags(stack, 'Tags', { system: 'MultiRegionExchange', environment: 'production', costCenter: '4711', owner: 'platform' });
    new UsageExport(stack, 'Usage', { accessLogs: stack.accessLogs });
  },
  maintenance: (stack) => {
    const window = MaintenanceWindow.weekly({ day: MaintenanceDay.SUNDAY, start: '03:00', duration: Duration.minutes(60) });
    new ZonalShift(stack, 'Shift', { outcomeAlarms: [stack.alarm], loadBalancer: stack.loadBalancer(), blockedWindows: [window] });
  },
};
