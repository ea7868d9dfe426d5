import { Environment } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { LayerStack } from './common';
import {
  RecoveryAlarms, RecoveryObjective, RegionDrill, RegionDrillPart, RegionSwitchPlan, RegionSwitchStep, ResiliencePolicy, ZonalShift, ZoneDrillPart,
  ZonePowerDrill,
} from '../../../src';

/** Every construct of the layer in its minimal form; drills with all of their parts, because each asks for rights of its own. */
export function resilience(scope: Construct, env?: Environment): void {
  const stack = new LayerStack(scope, 'Resilience', env);
  const { alarm, alarmActions } = stack;
  const objective = RecoveryObjective.MULTI_REGION_EXCHANGE;
  stack.create(RecoveryAlarms, 'Recovery', { objective, regionLags: [new cloudwatch.Metric({ namespace: 'Test', metricName: 'Lag' })], alarmActions });
  stack.create(ZonePowerDrill, 'Zone', { availabilityZone: 'us-east-1a', stopAlarms: [alarm], parts: Object.values(ZoneDrillPart) });
  stack.create(RegionDrill, 'Region', { isolatedRegion: 'us-west-2', stopAlarms: [alarm], parts: Object.values(RegionDrillPart) });
  stack.create(ZonalShift, 'Shift', { outcomeAlarms: [alarm], loadBalancer: stack.loadBalancer() });
  stack.create(ResiliencePolicy, 'Policy', { objective });
  stack.create(RegionSwitchPlan, 'Plan', {
    primaryRegion: 'us-east-1',
    secondaryRegion: 'us-west-2',
    objective,
    steps: [RegionSwitchStep.promoteDatabase('promote-ledger', {
      globalClusterIdentifier: 'ledger', clusterArns: ['us-east-1', 'us-west-2'].map((name) => `arn:aws:rds:${name}:111111111111:cluster:ledger`),
    })],
  });
}
