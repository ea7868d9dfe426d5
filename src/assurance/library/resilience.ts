import { findingsOf } from './finding';
import { AWS_SOLUTIONS } from './packs';
import { wildcardResources } from './wildcards';
import { RegionDrill } from '../../constructs/resilience/region-drill';
import { RegionSwitchPlan } from '../../constructs/resilience/region-switch-plan';
import { ZonePowerDrill } from '../../constructs/resilience/zone-power-drill';

const DESCRIBING = {
  rule: 'IAM5',
  packs: AWS_SOLUTIONS,
  reason: 'Actions that only find and describe resources, or set up the delivery of logs, know no resources.',
  control: 'such actions stand in statements of their own',
};

const DRILL = { ...DESCRIBING, at: 'Role/Policy/Resource' };
const TAGGED = {
  ...DRILL,
  reason: 'A drill finds what takes part by tags; its rights are bound to these tags, or to the tag of what it makes itself, by conditions that the rule does not read.',
  control: 'tests go through every statement and its condition; only FIS may take the role, for experiments of this account',
};

const LOOKING = /tag:GetResources|logs:(CreateLogDelivery|Describe\w+|PutResourcePolicy)|\w+:(Describe|List)\w+|arc-zonal-shift:ListManagedResources/;
/** FIS may refuse instances of Auto Scaling groups on "*" only, for this fault alone. */
const LOOKING_OR_REFUSING = new RegExp(`${LOOKING.source}|ec2:InjectApiError`);

/** What is accepted in constructs of resilience. */
export const RESILIENCE = [
  findingsOf(ZonePowerDrill,
    { ...DRILL, findings: wildcardResources({ resource: /\*/, actions: LOOKING_OR_REFUSING }) },
    {
      ...TAGGED,
      findings: wildcardResources(
        { resource: /arn:.+:ec2:.+:(network-acl|vpc|subnet|instance)\/\*/, actions: /ec2:\w+/ },
        { resource: /arn:.+:ecs:.+:task\/\*/, actions: /ecs:StopTask/ },
        { resource: /arn:.+:rds:.+:cluster:\*/, actions: /rds:FailoverDBCluster/ },
        { resource: /arn:.+:elasticache:.+:replicationgroup:\*/, actions: /elasticache:InterruptClusterAzPower/ },
        { resource: /arn:.+:kms:.+:key\/\*/, actions: /kms:CreateGrant/ },
        { resource: /arn:.+:elasticloadbalancing:.+:loadbalancer\/\*/, actions: /arc-zonal-shift:\w+/ },
      ),
    }),
  findingsOf(RegionDrill,
    { ...DRILL, findings: wildcardResources({ resource: /\*/, actions: LOOKING }) },
    {
      ...TAGGED,
      findings: wildcardResources(
        { resource: /arn:.+:ec2:.+:(vpc|subnet|route-table|prefix-list|network-interface|security-group|vpc-endpoint)\/\*/, actions: /ec2:\w+/ },
        { resource: /arn:.+:dynamodb:.+:table\/\*(\/stream\/\*)?/, actions: /dynamodb:\w+/ },
        { resource: /arn:.+:s3:::\*/, actions: /s3:\w+/ },
      ),
    }),
  findingsOf(RegionSwitchPlan,
    { ...DESCRIBING, at: 'Policy/Resource', findings: wildcardResources({ resource: /\*/, actions: /\w+:(Describe|Get|List)\w+/ }) },
    {
      ...DESCRIBING, at: 'Policy/Resource',
      findings: wildcardResources({ resource: /arn:.+:arc-region-switch:.+:plan\/.+\*/, actions: /arc-region-switch:(Get|List)\w+/ }),
      reason: 'AWS ends the ARN of a plan with letters of its own, which are known only after the role had to exist.',
      control: 'the name of the plan is unique and the rights only read',
    }),
];
