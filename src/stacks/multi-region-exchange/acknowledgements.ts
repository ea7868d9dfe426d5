import { IConstruct } from 'constructs';
import type { UserApi } from './user-api';
import { acknowledge } from '../../assurance/acknowledge';
import { LibraryAcknowledgements } from '../../assurance/library-acknowledgements';
import { DedicatedCapacity } from '../../constructs/compute/dedicated-capacity';
import { ColdStore } from '../../constructs/data/cold-store';
import { TradingLoadBalancer } from '../../constructs/ingress/trading-load-balancer';
import { RegionSwitchPlan } from '../../constructs/resilience/region-switch-plan';
import { accept as acceptRules, controlTower, inPacks } from '../acknowledgements-shared';

const REVIEW = { owner: 'platform', reviewBy: '2027-05-31' };
const AWS_SOLUTIONS = ['AwsSolutions'];
const R4 = ['NIST.800.53.R4'];
const HIPAA_AND_R5 = ['HIPAA.Security', 'NIST.800.53.R5'];
const PCI = ['PCI.DSS.321'];

/** Findings of the exchange's own composition; those of the library's constructs are acknowledged by the library. */
function accept(scope: IConstruct, packs: readonly string[], rule: string, reason: string, control: string): void {
  for (const pack of packs) acknowledge(scope, { rule: `${pack}::${pack}-${rule}`, reason, control, owner: 'platform', reviewBy: '2027-05-31' });
}

/**
 * The role with which S3 copies files to the region that takes over.
 *
 * @param files bucket that is copied
 * @param copyArn ARN of the bucket with the copies
 */
export function acceptFileCopies({ bucket }: ColdStore, copyArn: string): void {
  const role = bucket.node.findChild('ReplicationRole');
  for (const finding of [`Resource::${bucket.bucketArn}/*`, `Resource::${copyArn}/*`]) {
    accept(role, AWS_SOLUTIONS, `IAM5[${finding}]`, 'S3 copies every object of the bucket, whatever its key, into the bucket of the other region.', 'only S3 may take the role, and it names these two buckets');
  }
  for (const action of ['kms:GenerateDataKey*', 'kms:ReEncrypt*']) {
    accept(role, AWS_SOLUTIONS, `IAM5[Action::${action}]`, 'CDK grants the use of a key with all forms of an action, of which S3 chooses one by the size of an object.', 'only S3 may take the role, and it names one key in each region');
  }
  accept(role, [...HIPAA_AND_R5, ...R4, ...PCI], 'IAMNoInlinePolicy',
    'CDK writes what the role may do beside the role; nobody else could use a policy that names these two buckets.', 'the policy is deployed and deleted with its role');
}

/** The role that runs the steps of a switch. */
export function acceptRegionSwitch({ node }: RegionSwitchPlan): void {
  accept(node.findChild('Policy'), AWS_SOLUTIONS, 'IAM5[Resource::*]',
    'Describing services, scaling and global databases knows no narrower resource, and ARC reads all of them when it checks the plan.',
    'statements that change something name their clusters and services');
}

/** The instances of the matchers. */
export function acceptMatcherCapacity({ autoScalingGroup }: DedicatedCapacity): void {
  accept(autoScalingGroup, AWS_SOLUTIONS, 'AS3',
    'Instances come and go with deployments; an operator must know when one is missing, which the alarm on the number in service says.',
    'the capacity alarm fires when fewer instances run than must');
}

/** The stage of the user service. */
export function acceptUserApi({ stage, node }: UserApi): void {
  accept(stage, [...HIPAA_AND_R5, ...R4, ...PCI], 'APIGWCacheEnabledAndEncrypted',
    'Every answer is about one user and his sessions as they are now; a cached one would be wrong, or somebody else\'s.', 'nothing is cached, so nothing lies unencrypted in a cache');
  accept(stage, [...HIPAA_AND_R5, ...PCI], 'APIGWSSLEnabled',
    'The certificate is what a backend behind HTTP recognises API Gateway by; a function is called through the Lambda API and by its policy alone.', 'the policy of the function names this API');
  LibraryAcknowledgements._within(node.scope!.node.findChild(node.id), REVIEW);
}

/** Alarms of the matchers of a region that waits. */
export function acceptWaiting(alarms: IConstruct[]): void {
  for (const alarm of alarms) {
    acceptRules(alarm, [...inPacks('CloudWatchAlarmAction', [...HIPAA_AND_R5, ...R4]), controlTower('cloudwatch_alarm_action_check')],
      'The alarm fires for as long as the region waits, which is how Route 53 knows that it must lead nobody there.', 'when the region has taken over, the alarms of its API and its capacity tell people');
  }
}

/** A load balancer that only our distribution can use. */
export function acceptPublicIngress({ loadBalancer }: TradingLoadBalancer): void {
  accept(loadBalancer, ['NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'], 'ALBWAFEnabled',
    'Every request has passed the web ACL of the distribution; the listener answers 403 to whatever does not show the distribution\'s secret.',
    'the security group takes CloudFront\'s addresses alone, and the secret is one of this system');
}
