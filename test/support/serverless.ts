import { Stack } from 'aws-cdk-lib';
import { testApp } from './apps';
import { ServerlessSimulator, ServerlessSimulatorProps } from '../../src/stacks/serverless-simulator';
import { SimulatorAnalytics, SimulatorApi, SimulatorStage } from '../../src/stacks/serverless-simulator/simulator-stage';

/** A serverless simulator in an app of its own. */
export function serverless(props: ServerlessSimulatorProps = {}): ServerlessSimulator {
  return new ServerlessSimulator(testApp(), 'ServerlessSimulator', props);
}

/** Its stacks by the name of their construct. */
export function serverlessStacks(system: ServerlessSimulator): Record<string, Stack> {
  return Object.fromEntries(system.node.children.filter((child) => Stack.isStack(child)).map((stack) => [stack.node.id, stack as Stack]));
}

/** The forms in which it is reviewed, from small to large. */
export const FORMS: Record<string, ServerlessSimulatorProps> = {
  MVP: { stage: SimulatorStage.MVP },
  EXPAND: { stage: SimulatorStage.EXPAND },
  SCALE: { stage: SimulatorStage.SCALE },
  FULL: { stage: SimulatorStage.SCALE, api: SimulatorApi.FARGATE, analytics: SimulatorAnalytics.POSTGRES },
};
