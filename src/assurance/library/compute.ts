import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { findingsOf, has, withoutKey } from './finding';
import { AWS_SOLUTIONS, HIPAA_AND_R5, REGULATED, SERVERLESS, TRADING_PLATFORM, WITHOUT_PCI } from './packs';
import { wildcardActions, wildcardResources } from './wildcards';
import { DedicatedCapacity } from '../../constructs/compute/dedicated-capacity';
import { HardenedTask } from '../../constructs/compute/hardened-task';
import { ScheduledTask } from '../../constructs/compute/scheduled-task';
import { SpotCapacity } from '../../constructs/compute/spot-capacity';
import { TradingFunction } from '../../constructs/compute/trading-function';

const POLICY = 'Role/DefaultPolicy';
const EXECUTION = 'Resource/ExecutionRole/DefaultPolicy';

const inline = (path: string) => ({
  at: `${path}/Resource`, when: has(path), rule: 'IAMNoInlinePolicy', packs: REGULATED,
  reason: 'The CDK writes what a role is granted into a policy of that role alone; it is the same statements as in a managed policy.',
  control: 'the statements are reviewed in the template, and a permissions boundary can be put over every role',
});

/** Prefixes that the manifests give to services. */
const OWN_PREFIX = { resource: /.+\/[a-z][a-z0-9-]*\/\*/, actions: /s3:(DeleteObject|GetObject|PutObject)/ };
const ownPrefix = {
  at: `${POLICY}/Resource`, when: has(POLICY), rule: 'IAM5', packs: AWS_SOLUTIONS, findings: wildcardResources(OWN_PREFIX),
  reason: 'The service names its objects by position or day, so their keys are open below a prefix of its own.',
  control: 'the prefix stands in the manifest of the service; the rest of the bucket is out of reach',
};

const encrypted = {
  at: 'Logs/Resource', rule: 'CloudWatchLogGroupEncrypted', packs: REGULATED, foundIn: withoutKey,
  reason: 'CloudWatch encrypts every group with a key of its own; services log no tokens, no bodies and no names.',
  control: 'who may read the group is said by IAM',
};

const LAST_STOP = { at: 'Failures/Resource', reason: 'The queue is itself where failed runs end up; nothing consumes it but a person.', control: 'an alarm on the first message' };

const SEEN_ELSEWHERE = {
  at: 'Group/ASG',
  reason: 'The rule reads the launch template of a group with one type of instance, and not that of a group with several, as this one is.',
  control: 'the launch template demands tokens of the metadata service, with one hop, and encrypts the disks',
};

/** Where a function begins to read what starts it: a stream with what comes, a table with what is there, a queue nowhere. */
const begins = (at?: 'LATEST' | 'TRIM_HORIZON') => ({
  at: 'Resource/EventSource/Resource', rule: 'LambdaEventSourceMappingDestination', packs: SERVERLESS,
  when: ({ eventSource }: TradingFunction) => eventSource !== undefined
    && (eventSource.node.defaultChild as CfnEventSourceMapping).startingPosition === at,
});

/** What is accepted in constructs of compute. */
export const COMPUTE = [
  findingsOf(HardenedTask,
    {
      at: 'Resource/Resource', rule: 'ECS2', packs: AWS_SOLUTIONS,
      reason: 'The environment holds names, URLs and switches that the template must show; every secret is injected from Secrets Manager.',
      control: 'the manifest gives each value a kind, and kind secret never becomes an environment variable',
    },
    {
      at: `${EXECUTION}/Resource`, when: has(EXECUTION), rule: 'IAM5', packs: AWS_SOLUTIONS,
      findings: wildcardResources({ resource: /\*/, actions: /ecr:GetAuthorizationToken/ }),
      reason: 'ecr:GetAuthorizationToken, with which ECS signs in to the registry, knows no narrower resource than "*".',
      control: 'all other statements of the role name their repository, log group or secret',
    },
    ownPrefix, inline(POLICY), inline(EXECUTION), encrypted),
  findingsOf(TradingFunction,
    {
      at: `${POLICY}/Resource`, when: has(POLICY), rule: 'IAM5', packs: AWS_SOLUTIONS,
      findings: wildcardResources({ resource: /\*/, actions: /ec2:(\w+NetworkInterfaces?|(Una|A)ssignPrivateIpAddresses|DescribeSubnets)|xray:Put\w+/ }),
      reason: 'Lambda makes and removes the network interfaces of a function in a VPC with its role; they have no name beforehand. Nor has X-Ray resources.',
      control: 'only the six network interface actions that Lambda asks for, and the two that send traces, have this resource',
    },
    ownPrefix, inline(POLICY), encrypted,
    {
      at: 'Resource/Resource', rule: 'LambdaConcurrency', packs: HIPAA_AND_R5,
      reason: 'A reservation takes concurrency away from every other function of the account, whether it is used or not.',
      control: 'a FIFO queue starts at most one run per message group; HTTP is throttled before it gets here',
    },
    {
      at: 'Resource/Resource', rule: 'LambdaDLQ', packs: [...HIPAA_AND_R5, ...SERVERLESS],
      reason: 'A dead-letter queue of a function is for asynchronous calls; this one is called by a queue, an API or a deployment, which wait for its answer.',
      control: 'a message that fails stays in its queue and halts its group, with an alarm',
    },
    {
      ...begins(),
      reason: 'Destinations of a mapping are for streams; what fails in a queue stays in the queue, and goes to the dead-letter queue from there.',
      control: 'a dead-letter queue with an alarm on the first message',
    },
    {
      ...begins('LATEST'),
      reason: 'The function tells people what happens now. A record that nobody could handle within a minute is worth nothing to them later, kept or not.',
      control: 'the stream keeps the record, and clients ask for what they missed',
    },
    {
      ...begins('TRIM_HORIZON'),
      reason: 'Attempts have no limit and changes no age, so none is ever given up and none would come to a destination.',
      control: 'the age of the oldest change is a metric, with an alarm where the library defines such a function',
    }),
  findingsOf(ScheduledTask,
    { ...LAST_STOP, rule: 'SQS3', packs: AWS_SOLUTIONS },
    { ...LAST_STOP, rule: 'SQSRedrivePolicy', packs: SERVERLESS },
    {
      at: 'Failures/Resource', rule: 'EncryptedByOwnKey', packs: TRADING_PLATFORM,
      reason: 'A failed run is told as a task and a time, which the schedule in the template says as well; it is no data of the platform.',
      control: 'encrypted with keys of SQS, and only EventBridge may send',
    },
    {
      at: 'FailureRule/Resource', rule: 'EventBusDLQ', packs: SERVERLESS,
      reason: 'The rule delivers to the queue of failures itself; a second queue behind it would be full of the same for the same reason.',
      control: 'EventBridge tries for a day',
    }),
  findingsOf(SpotCapacity,
    { ...SEEN_ELSEWHERE, rule: 'EC26', packs: AWS_SOLUTIONS },
    { ...SEEN_ELSEWHERE, rule: 'EC2IMDSv2Enabled', packs: WITHOUT_PCI }),
  ...[DedicatedCapacity, SpotCapacity].map((type) => findingsOf(type,
    inline(POLICY),
    {
      at: `${POLICY}/Resource`, rule: 'IAM5', packs: AWS_SOLUTIONS,
      findings: wildcardResources({ resource: /\*/, actions: /ecs:\w+\*?|ecr:GetAuthorizationToken|logs:(CreateLogStream|PutLogEvents)/ }),
      reason: 'The ECS agent discovers its poll endpoint, signs in to the registry and writes logs before it knows what tasks it gets.',
      control: 'containers cannot reach the role: metadata is blocked for them and ends after one hop',
    },
    {
      at: `${POLICY}/Resource`, rule: 'IAM5', packs: AWS_SOLUTIONS, findings: wildcardActions(/ecs:Submit\*/),
      reason: 'The CDK gives the ECS agent its three reports of state in this form; they concern the instance\'s own cluster.',
      control: 'the statement names the cluster',
    })),
];
