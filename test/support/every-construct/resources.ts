import { App, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { EVERY_CONSTRUCT } from './index';
import { testApp } from '../apps';
import { Resource, resourcesOf } from '../templates';

/** A resource of a layer's templates. */
export interface LayerResource extends Resource {
  /** Stack and logical id, such as `Data/Ledger0B0DA0A5`. */
  readonly id: string;
}

/** Every resource of every template of a layer, from an app of its own. */
export function resourcesOfLayer(layer: string, prepare: (app: App) => void = () => undefined): LayerResource[] {
  const app = testApp();
  prepare(app);
  EVERY_CONSTRUCT[layer](app);
  return resourcesOfStacks(app);
}

/** Every resource of every template below a scope. */
export function resourcesOfStacks(scope: Construct): LayerResource[] {
  return scope.node.findAll().filter((construct): construct is Stack => Stack.isStack(construct))
    .flatMap((stack) => Object.entries(resourcesOf(stack)).map(([id, resource]) => ({ ...resource, id: `${stack.node.id}/${id}` })));
}
