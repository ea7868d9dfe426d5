import { App } from 'aws-cdk-lib';
import { RetailExchange } from '../src';
import { integTest } from './apps/integ-test';
import { assertTrade } from './apps/trade';
import { SYSTEM_OBJECTIVES } from './drill/objectives';

/** Deploys RetailExchange in one region and trades on it. */
export function build(app: App): void {
  const system = new RetailExchange(app, 'RetailExchange', { recoveryObjective: SYSTEM_OBJECTIVES.RetailExchange });
  const { data, edge } = system;
  assertTrade(integTest(app, system), {
    url: edge.site.url, identity: data.identity, journal: data.journal.stream, deadLetters: [data.settlement.deadLetterQueue],
  });
}

if (require.main === module) build(new App());
