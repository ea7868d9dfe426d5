import { Stack } from 'aws-cdk-lib';

/** What a run on one machine leaves out: it has one region, and a copy needs two. */
const STANDBY = 'cdk-trading-platform:standby';

/** Says in its template that a stack waits to take over. */
export function markStandby(stack: Stack): void {
  stack.templateOptions.metadata = { ...stack.templateOptions.metadata, [STANDBY]: true };
}
