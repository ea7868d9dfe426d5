import { App } from 'aws-cdk-lib';
import { GatewayExchange } from '../src';
import { integTest } from './apps/integ-test';
import { assertTrade } from './apps/trade';
import { SYSTEM_OBJECTIVES } from './drill/objectives';

/** Deploys the smallest GatewayExchange and trades on it. */
export function build(app: App): void {
  const system = new GatewayExchange(app, 'GatewayExchange', { recoveryObjective: SYSTEM_OBJECTIVES.GatewayExchange });
  const [{ data, edge }] = system.cells;
  assertTrade(integTest(app, system), {
    url: edge.edge.url,
    identity: data.identity,
    journal: data.journal.stream,
    deadLetters: data.settlement.queues.map(({ deadLetterQueue }) => deadLetterQueue),
  });
}

if (require.main === module) build(new App());
