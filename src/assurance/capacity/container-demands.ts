import { Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { IConstruct } from 'constructs';

/** An ECS service as its template has it. */
export interface ServiceFacts {
  readonly path: string;
  readonly region: string;
  readonly fargate: boolean;
  readonly minTasks: number;
  readonly maxTasks: number;
  readonly vcpu: number;
  /** Tasks that may run during a deployment, as a share of those that run otherwise. */
  readonly surge: number;
  readonly targetGroups: number;
  readonly usesLedger: boolean;
  readonly usesCache: boolean;
}

interface Definition { readonly cpu?: string; readonly text: string }

/** Every ECS service below a construct. */
export function servicesBelow(scope: IConstruct): ServiceFacts[] {
  const nodes = scope.node.findAll();
  const targets = nodes.filter(autoscaling.CfnScalableTarget.isCfnScalableTarget);
  const definitions = nodes.filter(ecs.CfnTaskDefinition.isCfnTaskDefinition);
  return nodes.filter(ecs.CfnService.isCfnService).map((service) => factsOf(service, targets, definitions));
}

function factsOf(service: ecs.CfnService, targets: autoscaling.CfnScalableTarget[], definitions: ecs.CfnTaskDefinition[]): ServiceFacts {
  const stack = Stack.of(service);
  const id = stack.getLogicalId(service);
  const scaling = targets.find((target) => Stack.of(target) === stack && JSON.stringify(stack.resolve(target.resourceId)).includes(`"${id}"`));
  const desired = service.desiredCount ?? 1;
  const wanted = JSON.stringify(stack.resolve(service.taskDefinition) ?? '');
  const found = definitions.find((one) => Stack.of(one) === stack && wanted.includes(`"${stack.getLogicalId(one)}"`));
  const definition: Definition = { cpu: found?.cpu, text: JSON.stringify(stack.resolve(found?.containerDefinitions) ?? '') };
  const strategy = stack.resolve(service.capacityProviderStrategy) as { capacityProvider: string }[] | undefined;
  const deployment = stack.resolve(service.deploymentConfiguration) as { maximumPercent?: number } | undefined;
  return {
    path: service.node.path,
    region: stack.region,
    // What may run on Spot may have to run on demand when there is no Spot.
    fargate: service.launchType === 'FARGATE' || strategy?.some(({ capacityProvider }) => /^FARGATE/.test(String(capacityProvider))) === true,
    minTasks: scaling?.minCapacity ?? desired,
    maxTasks: scaling?.maxCapacity ?? desired,
    vcpu: Number(definition.cpu ?? 0) / 1024,
    surge: (deployment?.maximumPercent ?? 200) / 100,
    targetGroups: (stack.resolve(service.loadBalancers) as unknown[] | undefined)?.length ?? 0,
    usesLedger: definition.text.includes('postgresql://'),
    usesCache: definition.text.includes('rediss://'),
  };
}
