import { CfnResource } from 'aws-cdk-lib';
import { CfnReplicationGroup } from 'aws-cdk-lib/aws-elasticache';
import { CfnListener } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { CfnCluster } from 'aws-cdk-lib/aws-msk';
import { NagRules } from 'cdk-nag';
import { isOn, NOT_APPLICABLE, resolved, verdict } from './support';

interface Action { readonly type: string; readonly redirectConfig?: { readonly protocol?: string } }
interface Transit { readonly encryptionInTransit?: { readonly clientBroker?: string } }

/** Nobody is answered in the clear, except to be sent to HTTPS. */
export function NoPlaintextListener(node: CfnResource): ReturnType<typeof verdict> {
  if (node instanceof CfnReplicationGroup) return verdict(isOn(node, node.transitEncryptionEnabled));
  if (node instanceof CfnCluster) return verdict((resolved<Transit | undefined>(node, node.encryptionInfo)?.encryptionInTransit?.clientBroker ?? 'TLS') === 'TLS');
  if (!(node instanceof CfnListener)) return NOT_APPLICABLE;
  const protocol = NagRules.resolveIfPrimitive(node, node.protocol) as string | undefined;
  if (protocol !== 'HTTP' && protocol !== 'TCP') return verdict(protocol === 'HTTPS' || protocol === 'TLS');
  const actions = resolved<Action[]>(node, node.defaultActions);
  return verdict(protocol === 'HTTP' && actions.length > 0 && actions.every(({ type, redirectConfig }) => type === 'redirect' && redirectConfig?.protocol === 'HTTPS'));
}
