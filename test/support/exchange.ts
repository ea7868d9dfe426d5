import { Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { IConstruct } from 'constructs';
import { testApp } from './apps';
import { PublicEndpoint } from '../../src/constructs/edge/public-endpoint';
import { MultiRegionExchange } from '../../src/stacks/multi-region-exchange';
import type { MultiRegionExchangeProps } from '../../src/stacks/multi-region-exchange/exchange-options';

/** A name in a zone that exists already. */
export function customDomain(scope: IConstruct): PublicEndpoint {
  const zones = new Stack(scope.node.root, 'Zones', { env: { region: 'us-east-1' } });
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(zones, 'Zone', { hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' });
  // An empty stack could not be deployed.
  new route53.CaaAmazonRecord(zones, 'Issuer', { zone: hostedZone });
  return PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone });
}

/** An exchange at a name of its own, in an app of its own. */
export function exchange(props: MultiRegionExchangeProps = {}, app = testApp()): MultiRegionExchange {
  return new MultiRegionExchange(app, 'Exchange', { endpoint: customDomain(app), ...props });
}

/** The stacks of an exchange by their path below it, such as `Primary-Data`. */
export function stacksOfExchange(system: MultiRegionExchange): Record<string, Stack> {
  const above = system.node.path.length + 1;
  return Object.fromEntries(system.node.findAll().filter((child): child is Stack => Stack.isStack(child))
    .map((stack) => [stack.node.path.slice(above).replaceAll('/', '-'), stack]));
}
