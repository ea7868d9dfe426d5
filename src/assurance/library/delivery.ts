import { findingsOf, has } from './finding';
import { AWS_SOLUTIONS } from './packs';
import { wildcardResources } from './wildcards';
import { CodeDeployDelivery } from '../../constructs/delivery/code-deploy-delivery';
import { GitHubDeployRole } from '../../constructs/delivery/git-hub-deploy-role';
import { ProgressiveDelivery } from '../../constructs/delivery/progressive-delivery';

/** What is accepted in constructs of delivery. */
export const DELIVERY = [
  findingsOf(GitHubDeployRole, {
    at: 'Policy/Resource', rule: 'IAM5', packs: AWS_SOLUTIONS, findings: wildcardResources({ resource: /\*/, actions: /ecr:GetAuthorizationToken/ }),
    reason: 'ecr:GetAuthorizationToken, with which a pipeline signs in to the registry, knows no narrower resource than "*".',
    control: 'all other statements of the role name their repository, service or role',
  }),
  findingsOf(ProgressiveDelivery, {
    at: 'Role/Policy/Resource', when: has('Role'), rule: 'IAM5', packs: AWS_SOLUTIONS,
    findings: wildcardResources({ resource: /\*/, actions: /elasticloadbalancing:Describe\w+/ }),
    reason: 'The four calls that describe load balancers know no narrower resource than "*".',
    control: 'every call that changes something names this listener, these rules and these two target groups',
  }),
  findingsOf(CodeDeployDelivery,
    {
      at: 'Role/Policy/Resource', rule: 'IAM5', packs: AWS_SOLUTIONS,
      findings: wildcardResources({ resource: /\*/, actions: /elasticloadbalancing:Describe\w+/ }),
      reason: 'The three calls that describe load balancers know no narrower resource than "*".',
      control: 'every call that changes something names this service and these listeners',
    },
    {
      at: 'Role/Policy/Resource', rule: 'IAM5', packs: AWS_SOLUTIONS,
      findings: wildcardResources({ resource: /arn:.+:ecs:.+:task-set\/.+\/\*/, actions: /ecs:(Create|Delete)TaskSet/ }),
      reason: 'ECS names the task sets of a deployment when it makes them, so they are open below the service that they belong to.',
      control: 'the cluster and the service are named',
    }),
];
