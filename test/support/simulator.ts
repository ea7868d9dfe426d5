import { Stack } from 'aws-cdk-lib';
import { testApp } from './apps';
import { RealtimeSimulator, RealtimeSimulatorProps } from '../../src';

/** A simulator in an app of its own. */
export function simulator(props: RealtimeSimulatorProps = {}, context: Record<string, unknown> = {}): RealtimeSimulator {
  return new RealtimeSimulator(testApp({ context }), 'RealtimeSimulator', props);
}

/** The stacks of a simulator by the name of their construct. */
export function stacksOf(system: RealtimeSimulator): Record<string, Stack> {
  return Object.fromEntries(system.node.children.filter((child) => Stack.isStack(child)).map((stack) => [stack.node.id, stack as Stack]));
}
