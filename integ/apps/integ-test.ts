import { IntegTest } from '@aws-cdk/integ-tests-alpha';
import { type App, Stack, Tags } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { DRILL_TAG } from '../aws/inventory';

/**
 * A test that deploys all stacks of a system and asks it from outside. The stacks are tagged so that the failover drills may break them: whoever
 * deploys this test has an account in which that does no harm.
 *
 * @param region where the assertions run: that of the stacks they refer to
 */
export function integTest(app: App, system: IConstruct, region = 'us-east-1'): IntegTest {
  Tags.of(system).add(DRILL_TAG.key, DRILL_TAG.value);
  const stacks = system.node.findAll().filter((one): one is Stack => Stack.isStack(one) && !one.nested);
  // Beside the stacks and in their region, as its assertions refer to what is in them.
  const assertionStack = new Stack(app, 'Assertions', { env: { region }, crossRegionReferences: true });
  // A name of one's own is no reference: nothing else says that the system comes first.
  for (const stack of stacks) assertionStack.addStackDependency(stack);
  return new IntegTest(app, 'Integ', { testCases: stacks, assertionStack, diffAssets: false });
}
