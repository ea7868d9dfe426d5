import { Names, Stack, Token } from 'aws-cdk-lib';
import * as arc from 'aws-cdk-lib/aws-arcregionswitch';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { RecoveryObjective } from './recovery-objective';
import { RegionSwitchStep } from './region-switch-step';
import { Faults } from '../../private/faults';

/** Properties of `RegionSwitchPlan`. */
export interface RegionSwitchPlanProps {
  /** Region that runs the system. */
  readonly primaryRegion: string;

  /** Region that takes over. */
  readonly secondaryRegion: string;

  /** What must be kept; its target for a region becomes that of the plan. */
  readonly objective: RecoveryObjective;

  /** What is done, in this order: first what must be ready, last what moves users. */
  readonly steps: RegionSwitchStep[];

  /**
   * Alarms that say whether the system is well, from which AWS measures how long a switch took.
   *
   * @default - none
   */
  readonly healthAlarms?: cloudwatch.IAlarm[];
}

const SERVICE = 'arc-region-switch.amazonaws.com';

/**
 * The switch to another region as a plan of ARC Region switch: written down and checked by AWS every half hour before it is
 * needed, and started with one call in the region that takes over, without the one that is lost.
 *
 * It has a workflow for each region, so that the same steps lead back.
 */
export class RegionSwitchPlan extends Construct {
  /** The plan. */
  public readonly plan: arc.CfnPlan;
  /** Role with which the plan runs its steps. */
  public readonly role: iam.Role;

  public constructor(scope: Construct, id: string, props: RegionSwitchPlanProps) {
    super(scope, id);
    this.validate(props);
    this.role = this.createRole();
    // ARC asks for a name.
    const name = Names.uniqueResourceName(this, { maxLength: 32, separator: '-' });
    const policy = this.createPolicy(name, props.steps);
    const regions = [props.primaryRegion, props.secondaryRegion];
    const steps = props.steps.map((step) => step._render(this));
    this.plan = new arc.CfnPlan(this, 'Resource', {
      name,
      description: `Moves the system from ${props.primaryRegion} to ${props.secondaryRegion}, and back`,
      executionRole: this.role.roleArn,
      recoveryApproach: 'activePassive',
      primaryRegion: props.primaryRegion,
      regions,
      recoveryTimeObjectiveMinutes: Math.floor((props.objective.region?.rto.toMinutes({ integral: false }) ?? 0)),
      associatedAlarms: props.healthAlarms && Object.fromEntries(props.healthAlarms.map(({ alarmArn }, index) =>
        [`health-${index + 1}`, { alarmType: 'applicationHealth', resourceIdentifier: alarmArn }])),
      workflows: regions.map((region) => ({ workflowTargetAction: 'activate', workflowTargetRegion: region, steps })),
    });
    this.plan.node.addDependency(policy);
  }

  private createRole(): iam.Role {
    return new iam.Role(this, 'Role', {
      description: 'Steps of a switch to another region',
      assumedBy: new iam.ServicePrincipal(SERVICE, { conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } } }),
    });
  }

  /** What ARC needs to check the plan, and what its steps need. */
  private createPolicy(name: string, steps: RegionSwitchStep[]): iam.ManagedPolicy {
    // What AWS adds to the name is known only when the plan exists, and the plan wants its permissions first.
    const plans = Stack.of(this).formatArn({ service: 'arc-region-switch', region: '', resource: 'plan', resourceName: `${name}*` });
    return new iam.ManagedPolicy(this, 'Policy', {
      description: 'Steps of a switch to another region',
      roles: [this.role],
      statements: [
        new iam.PolicyStatement({
          sid: 'ReadPlan', actions: ['arc-region-switch:GetPlan', 'arc-region-switch:GetPlanExecution', 'arc-region-switch:ListPlanExecutions'], resources: [plans],
        }),
        new iam.PolicyStatement({ sid: 'CheckOwnPermissions', actions: ['iam:SimulatePrincipalPolicy'], resources: [this.role.roleArn] }),
        new iam.PolicyStatement({
          sid: 'ReadHealth', actions: ['cloudwatch:DescribeAlarms', 'cloudwatch:DescribeAlarmHistory', 'cloudwatch:GetMetricStatistics'], resources: ['*'],
        }),
        ...steps.flatMap((step, index) => step._statements(this).map((statement) => numbered(statement, steps, index))),
      ],
    });
  }

  private validate(props: RegionSwitchPlanProps): void {
    const faults = new Faults(this.node.path);
    const { primaryRegion, secondaryRegion, steps, objective } = props;
    for (const [prop, region] of Object.entries({ primaryRegion, secondaryRegion })) {
      faults.check(Token.isUnresolved(region) || /^[a-z]{2}(-[a-z]+)+-\d$/.test(region), `\`${prop}\` must be a region such as us-west-2, got: '${region}'`);
    }
    faults.check(primaryRegion !== secondaryRegion, `\`secondaryRegion\` must be another region than \`primaryRegion\`, got: ${secondaryRegion}`);
    faults.check(steps.length > 0, '`steps` must not be empty');
    const names = steps.map(({ name }) => name);
    const repeated = names.filter((name, index) => names.indexOf(name) !== index);
    faults.check(repeated.length === 0, `\`steps\` must have names of their own, got twice: ${repeated.join(', ')}`);
    steps.flatMap((step) => step._faults).forEach((fault) => faults.add(fault));
    const rto = objective.region?.rto;
    if (rto === undefined) {
      faults.add('`objective` must have a target for the loss of a region, or there is nothing to switch for');
    } else {
      const needed = steps.reduce((sum, step) => sum + step._minutes, 0);
      faults.check(needed <= rto.toMinutes({ integral: false }),
        `\`steps\` may take ${needed} minutes until they time out, more than the region RTO of ${rto.toHumanString()}; give them shorter \`timeout\`s`);
    }
    faults.throwIfAny();
  }
}

/** A policy names each statement once; steps of one kind beyond the first get their place. */
function numbered(statement: iam.PolicyStatement, steps: RegionSwitchStep[], index: number): iam.PolicyStatement {
  const isFirst = steps.findIndex(({ _type }) => _type === steps[index]._type) === index;
  if (!isFirst) statement.sid = `${statement.sid}${index + 1}`;
  return statement;
}
