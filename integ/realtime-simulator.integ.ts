import { App } from 'aws-cdk-lib';
import { RealtimeSimulator } from '../src';
import { integTest } from './apps/integ-test';
import { assertTrade } from './apps/trade';
import { SYSTEM_OBJECTIVES } from './drill/objectives';

/** Deploys RealtimeSimulator and trades on it. */
export function build(app: App): void {
  const system = new RealtimeSimulator(app, 'RealtimeSimulator', { recoveryObjective: SYSTEM_OBJECTIVES.RealtimeSimulator });
  const { data, edge } = system;
  assertTrade(integTest(app, system), {
    url: edge.edge.url, identity: data.identity, journal: data.journal.stream, deadLetters: [data.settlement.deadLetterQueue],
  });
}

if (require.main === module) build(new App());
