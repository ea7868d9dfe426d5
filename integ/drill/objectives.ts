import { Duration } from 'aws-cdk-lib';
import { RecoveryObjective } from '../../src/constructs/resilience/recovery-objective';
import type { Objective } from '../judge/verdict';

/** What the systems enforce when nobody says otherwise; a test holds each against what its system passes to `enforce()`. */
export const SYSTEM_OBJECTIVES: Readonly<Record<string, RecoveryObjective>> = {
  ServerlessSimulator: RecoveryObjective.of({ zone: { rto: Duration.hours(1), rpo: Duration.seconds(0) } }),
  RealtimeSimulator: RecoveryObjective.of({ zone: { rto: Duration.minutes(2), rpo: Duration.seconds(0) } }),
  MultiRegionExchange: RecoveryObjective.MULTI_REGION_EXCHANGE,
  GatewayExchange: RecoveryObjective.GATEWAY_EXCHANGE,
  RetailExchange: RecoveryObjective.GATEWAY_EXCHANGE,
};

/** On this machine nothing has to be detected across zones, and no instance has to be started: processes must be back sooner than a zone. */
const LOCAL_RTO_SECONDS = 10;

/** What the loss of a part of a system may cost on this machine: nothing more than its objective allows for the loss of a zone. */
export function localThresholds(objective: RecoveryObjective): Objective {
  const { rtoSeconds, rpoSeconds } = thresholdsOf(objective);
  return { rtoSeconds: Math.min(rtoSeconds, LOCAL_RTO_SECONDS), rpoSeconds };
}

/** An objective in numbers. @throws Error when the system does not survive the loss of its region */
export function thresholdsOf(objective: RecoveryObjective, scope: 'zone' | 'region' = 'zone'): Objective {
  const target = objective[scope];
  if (target === undefined) throw new Error(`the objective says nothing about the loss of a ${scope}`);
  return { rtoSeconds: target.rto.toSeconds(), rpoSeconds: target.rpo.toSeconds() };
}
