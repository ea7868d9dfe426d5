import { Stack } from 'aws-cdk-lib';
import * as route53 from 'aws-cdk-lib/aws-route53';
import { IConstruct } from 'constructs';
import { testApp } from './apps';
import { PublicEndpoint, RetailExchange, RetailExchangeProps } from '../../src';

/** An exchange in an app of its own; props that need a scope are made in it. */
export function retail(props: RetailExchangeProps | ((scope: Stack) => RetailExchangeProps) = {}): RetailExchange {
  const app = testApp();
  return new RetailExchange(app, 'RetailExchange', typeof props === 'function' ? props(new Stack(app, 'Given')) : props);
}

/** A name of one's own with its zone. */
export function ownName(scope: Stack): PublicEndpoint {
  const hostedZone = route53.HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId: 'Z00000000000000000001', zoneName: 'example.com' });
  return PublicEndpoint.customDomain({ domainName: 'trade.example.com', hostedZone });
}

/** Two regions at a name of one's own. */
export function twoRegions(scope: Stack): RetailExchangeProps {
  return { endpoint: ownName(scope), regions: [{ region: 'us-east-1' }, { region: 'us-west-2' }] };
}

/** Every stack below a construct, by its path below it: `Data`, `Reading-us-west-2/Data`. */
export function stacksBelow(system: IConstruct): Record<string, Stack> {
  return Object.fromEntries(system.node.findAll().filter((one): one is Stack => Stack.isStack(one))
    .map((stack) => [stack.node.path.slice(system.node.path.length + 1), stack]));
}
