import { type App, CfnResource, Fn, Stack } from 'aws-cdk-lib';
import { type BareAppPlan, Budget, cloudFormationName, type StackPlan } from './bare-app-budget';
import { ComputeBuilder } from './bare-app-compute';
import { buildDatabases, buildStores } from './bare-app-data';
import { buildAlarms, buildEdge, buildRestApi, buildWebSocketApi } from './bare-app-edge';
import { buildNetwork, buildSecurityGroups } from './bare-app-network';
import { emptyShared, type Shared } from './bare-app-shared';

/**
 * An app with as many resources of each type as another one, in stacks of the same sizes, of CDK's own classes alone: the highest level that
 * CDK has for each resource, wired as it must be to work (grants, environment, secrets, rules between groups, alarms that tell a topic).
 * No defaults are hardened and nothing is checked.
 */
export function buildBareApp(app: App, plan: BareAppPlan): void {
  const groups = new Map<string, Shared>();
  for (const stack of plan.stacks) {
    const shared = groups.get(stack.group) ?? emptyShared();
    groups.set(stack.group, shared);
    buildStack(app, stack, shared, plan);
  }
}

/** Three zones without looking them up. */
class BareStack extends Stack {
  get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

function buildStack(app: App, { name, region, counts }: StackPlan, shared: Shared, plan: BareAppPlan): void {
  const stack = new BareStack(app, name, { env: { region }, crossRegionReferences: true });
  const budget = new Budget(counts);
  buildNetwork(stack, budget, shared);
  buildStores(stack, budget, shared);
  const groups = buildSecurityGroups(stack, budget, shared);
  buildDatabases(stack, budget, shared, groups);
  const functions = new ComputeBuilder(stack, budget, shared, plan, groups).build();
  buildRestApi(stack, budget, shared);
  buildWebSocketApi(stack, budget, shared, functions);
  buildEdge(stack, budget, shared);
  buildAlarms(stack, budget, shared);
  // What is not known here is the least that a resource can be: that never flatters the other app.
  for (const type of budget.rest) budget.each(type, (id) => new CfnResource(stack, id, { type: cloudFormationName(type) }));
}
