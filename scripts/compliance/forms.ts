/** Every system in each of its sizes, stages and regions: what compliance is claimed for. */
import { App, CfnWaitConditionHandle, SecretValue, Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { PublicEndpoint } from '../../src/constructs/edge/public-endpoint';
import { SignInDomain } from '../../src/constructs/identity/federated-identity';
import { GatewayExchange } from '../../src/stacks/gateway-exchange';
import { GatewayExchangeSize } from '../../src/stacks/gateway-exchange/gateway-exchange-size';
import { LedgerChoice } from '../../src/stacks/ledger-choice';
import { MultiRegionExchange } from '../../src/stacks/multi-region-exchange';
import { RealtimeSimulator } from '../../src/stacks/realtime-simulator';
import { RetailExchange } from '../../src/stacks/retail-exchange';
import { ServerlessSimulator } from '../../src/stacks/serverless-simulator';
import { SimulatorAnalytics, SimulatorApi, SimulatorStage } from '../../src/stacks/serverless-simulator/simulator-stage';

/** Builds one form of a system in an app. */
export type Form = (app: App) => Construct;

const alarmEmails = ['operations@example.com'];
/** A region that has to be asked about: AWS's own lists have other ids there. */
const prefixListIds = { 'eu-west-1': { s3: 'pl-00000001', dynamoDb: 'pl-00000002', cloudFrontOriginFacing: 'pl-00000003' } };

function ownName(app: App): PublicEndpoint {
  const given = new Stack(app, 'Given', { env: { region: 'us-east-1' } });
  // An empty stack could not be deployed.
  new CfnWaitConditionHandle(given, 'Handle');
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(given, 'Zone', { hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' });
  return PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone });
}

const serverless = (stage: SimulatorStage, more: { api?: SimulatorApi; analytics?: SimulatorAnalytics } = {}): Form => (app) =>
  new ServerlessSimulator(app, 'ServerlessSimulator', { stage, ...more, monthlyBudgetUsd: 250, alarmEmails });
const gateway = (size: GatewayExchangeSize): Form => (app) =>
  new GatewayExchange(app, 'GatewayExchange', { size, prefixListIds, monthlyBudgetUsd: 4_000, alarmEmails });

/** The forms by system. */
export const FORMS: Record<string, Record<string, Form>> = {
  ServerlessSimulator: {
    'MVP': serverless(SimulatorStage.MVP),
    'Expand': serverless(SimulatorStage.EXPAND),
    'Scale': serverless(SimulatorStage.SCALE),
    'Scale, containers and PostgreSQL': serverless(SimulatorStage.SCALE, { api: SimulatorApi.FARGATE, analytics: SimulatorAnalytics.POSTGRES }),
  },
  RealtimeSimulator: {
    'Aurora': (app) => new RealtimeSimulator(app, 'RealtimeSimulator', { monthlyBudgetUsd: 1_500, alarmEmails }),
    'Small ledger': (app) => new RealtimeSimulator(app, 'RealtimeSimulator', { ledger: LedgerChoice.small(), monthlyBudgetUsd: 800, alarmEmails }),
    'Own domain': (app) => new RealtimeSimulator(app, 'RealtimeSimulator', { endpoint: ownName(app), alarmEmails }),
  },
  MultiRegionExchange: {
    'us-east-1 and us-west-2': (app) => new MultiRegionExchange(app, 'MultiRegionExchange', { endpoint: ownName(app), monthlyBudgetUsd: 12_000, alarmEmails }),
  },
  GatewayExchange: {
    '500 requests/s': gateway(GatewayExchangeSize.requests500()),
    '5,000 requests/s': gateway(GatewayExchangeSize.requests5000()),
    '50,000 requests/s, three regions': gateway(GatewayExchangeSize.requests50000()),
  },
  RetailExchange: {
    'One region': (app) => new RetailExchange(app, 'RetailExchange', { monthlyBudgetUsd: 3_000, alarmEmails }),
    'us-east-1 and us-west-2': (app) => {
      const okta = { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-sign-in') };
      return new RetailExchange(app, 'RetailExchange', {
        endpoint: ownName(app), regions: [{ region: 'us-east-1' }, { region: 'us-west-2' }], signIn: { domain: SignInDomain.prefix('desk-retail'), okta }, alarmEmails,
      });
    },
  },
};
