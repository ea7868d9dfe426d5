import { App, Stack } from 'aws-cdk-lib';
import { testApp } from './apps';
import { GatewayExchange, GatewayExchangeProps } from '../../src/stacks/gateway-exchange';
import { GatewayExchangeSize } from '../../src/stacks/gateway-exchange/gateway-exchange-size';

/** Prefix lists of a region that the library does not know. */
export const PREFIX_LISTS = { 'eu-west-1': { s3: 'pl-00000001', dynamoDb: 'pl-00000002', cloudFrontOriginFacing: 'pl-00000003' } };

/** The three sizes by their requests per second. */
export const SIZES = {
  500: GatewayExchangeSize.requests500(),
  5000: GatewayExchangeSize.requests5000(),
  50000: GatewayExchangeSize.requests50000(),
};

/** An exchange in an app of its own. */
export function gateway(props: GatewayExchangeProps = {}, app: App = testApp()): GatewayExchange {
  return new GatewayExchange(app, 'GatewayExchange', { prefixListIds: PREFIX_LISTS, ...props });
}

/** The stacks of an exchange by their path below it, such as `Data` and `us-west-2/Data`. */
export function gatewayStacks(system: GatewayExchange): Record<string, Stack> {
  const stacks = system.node.findAll().filter((one): one is Stack => Stack.isStack(one));
  return Object.fromEntries(stacks.map((stack) => [stack.node.path.slice(system.node.path.length + 1), stack]));
}
