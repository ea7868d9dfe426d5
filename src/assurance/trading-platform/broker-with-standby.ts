import { CfnResource } from 'aws-cdk-lib';
import { CfnBroker } from 'aws-cdk-lib/aws-amazonmq';
import { NagRules } from 'cdk-nag';
import { NOT_APPLICABLE, verdict } from './support';

const SURVIVE_A_ZONE = ['ACTIVE_STANDBY_MULTI_AZ', 'CLUSTER_MULTI_AZ'];

/** A broker in one zone goes with its zone. */
export function BrokerWithStandby(node: CfnResource): ReturnType<typeof verdict> {
  if (!(node instanceof CfnBroker)) return NOT_APPLICABLE;
  return verdict(SURVIVE_A_ZONE.includes(NagRules.resolveIfPrimitive(node, node.deploymentMode) as string));
}
