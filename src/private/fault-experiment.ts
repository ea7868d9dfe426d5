import { ArnFormat, Duration, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as fis from 'aws-cdk-lib/aws-fis';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { Faults } from './faults';
import { checkPlain } from './plain';
import { serviceRole } from './service-role';

/** One fault of an experiment: what it strikes and what the experiment must be allowed for it. */
export interface ExperimentFault {
  /** Name of the action in the template. */
  readonly name: string;
  readonly action: fis.CfnExperimentTemplate.ExperimentTemplateActionProperty;
  readonly target: fis.CfnExperimentTemplate.ExperimentTemplateTargetProperty;
  /** Kind of target as the action calls it, such as `Clusters`. */
  readonly targetKey: string;
  readonly statements: iam.PolicyStatement[];
}

/** What an experiment is made of. */
export interface ExperimentOptions {
  readonly description: string;
  readonly faults: ExperimentFault[];
  readonly stopAlarms: cloudwatch.IAlarm[];
  readonly logGroup: logs.ILogGroup;
  /** Actions that strike nothing, such as a pause. */
  readonly otherActions?: Record<string, fis.CfnExperimentTemplate.ExperimentTemplateActionProperty>;
}

/** A template has at most five stop conditions. */
const MAX_STOP_ALARMS = 5;

/** Adds faults for a number of alarms that no template takes, and for a duration outside of what FIS does. */
export function checkExperiment(faults: Faults, stopAlarms: cloudwatch.IAlarm[], duration: Duration): void {
  faults.check(stopAlarms.length >= 1 && stopAlarms.length <= MAX_STOP_ALARMS,
    `\`stopAlarms\` must hold 1 to ${MAX_STOP_ALARMS} alarms that end the drill when users are hurt, got: ${stopAlarms.length}`);
  // FIS takes a text such as PT30M, which the CDK can only write of a time that it knows.
  checkPlain(faults, { duration });
  faults.check(duration.isUnresolved() || (duration.toSeconds() >= 60 && duration.toSeconds() <= 43_200),
    `\`duration\` must be from 1 minute to 12 hours, got: ${duration.toHumanString()}`);
}

/**
 * The role of an experiment: FIS may take it for experiments of this account, and it may do what the faults need. Describing
 * and finding by tags know no resources, and neither does setting up the delivery of logs.
 */
export function experimentRole(scope: Construct, faults: ExperimentFault[]): iam.Role {
  const stack = Stack.of(scope);
  return serviceRole(scope, 'Role', {
    description: `Drill ${scope.node.path}`.slice(0, 200),
    assumedBy: new iam.ServicePrincipal('fis.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'fis', resource: 'experiment', resourceName: '*' }) },
      },
    }),
    statements: [
      ...faults.flatMap(({ statements }) => statements),
      allow('FindTargets', ['tag:GetResources'], ['*']),
      allow('DeliverLogs', ['logs:CreateLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy'], ['*']),
    ],
  });
}

/** A template that strikes what it names, in this account, and fails when one of its targets does not exist. */
export function experimentTemplate(scope: Construct, role: iam.IRole, options: ExperimentOptions): fis.CfnExperimentTemplate {
  return new fis.CfnExperimentTemplate(scope, 'Resource', {
    description: options.description,
    roleArn: role.roleArn,
    targets: Object.fromEntries(options.faults.map(({ name, target }) => [`${name}Targets`, target])),
    actions: {
      ...options.otherActions,
      ...Object.fromEntries(options.faults.map(({ name, action, targetKey }) => [name, { ...action, targets: { [targetKey]: `${name}Targets` } }])),
    },
    stopConditions: options.stopAlarms.map(({ alarmArn }) => ({ source: 'aws:cloudwatch:alarm', value: alarmArn })),
    // An experiment that silently skips what it does not find proves nothing.
    experimentOptions: { accountTargeting: 'single-account', emptyTargetResolutionMode: 'fail' },
    logConfiguration: { logSchemaVersion: 2, cloudWatchLogsConfiguration: { LogGroupArn: groupArn(scope, options.logGroup) } },
    tags: { Name: scope.node.path },
  });
}

/** FIS wants the ARN to end in `:*`, as that of a group that is defined here does and that of a given one may not. */
function groupArn(scope: Construct, logGroup: logs.ILogGroup): string {
  return Stack.of(scope).formatArn({
    service: 'logs', resource: 'log-group', resourceName: `${logGroup.logGroupName}:*`, arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** A statement that allows actions on resources. */
export function allow(sid: string, actions: string[], resources: string[], conditions?: Record<string, Record<string, string>>): iam.PolicyStatement {
  return new iam.PolicyStatement({ sid, actions, resources, conditions });
}

/** Every resource of a kind in this account and region. */
export function everyResource(scope: Construct, service: string, resource: string, arnFormat = ArnFormat.SLASH_RESOURCE_NAME): string {
  return Stack.of(scope).formatArn({ service, resource, resourceName: '*', arnFormat });
}

/** A zone by its name or as a token. */
export function isZone(text: string): boolean {
  return Token.isUnresolved(text) || /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/.test(text);
}
