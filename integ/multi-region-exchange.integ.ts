import { App, Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { MultiRegionExchange, PublicEndpoint } from '../src';
import { integTest } from './apps/integ-test';
import { assertTrade } from './apps/trade';
import { SYSTEM_OBJECTIVES } from './drill/objectives';

/** Deploys MultiRegionExchange in both regions and trades in the primary one. It needs a hosted zone of yours: `-c zoneName=… -c hostedZoneId=…`. */
export function build(app: App): void {
  const zoneName = String(app.node.tryGetContext('zoneName') ?? 'example.com');
  const hostedZoneId = String(app.node.tryGetContext('hostedZoneId') ?? 'Z0123456789EXAMPLE');
  const dns = new Stack(app, 'Dns', { env: { region: 'us-east-1' } });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(dns, 'Zone', { hostedZoneId, zoneName });
  // An empty stack cannot be deployed.
  new route53.CaaAmazonRecord(dns, 'Issuer', { zone: hostedZone });
  const system = new MultiRegionExchange(app, 'MultiRegionExchange', {
    endpoint: PublicEndpoint.customDomain({ domainName: `trade.${zoneName}`, hostedZone }), recoveryObjective: SYSTEM_OBJECTIVES.MultiRegionExchange,
  });
  const { primary: { data }, edge } = system;
  assertTrade(integTest(app, system), {
    url: edge.edge.url, identity: data.identity, journal: data.journal.stream, deadLetters: [data.settlement.deadLetterQueue],
  });
}

if (require.main === module) build(new App());
