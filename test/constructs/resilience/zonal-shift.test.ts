import { Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { MaintenanceDay, MaintenanceWindow } from '../../../src/constructs/governance/maintenance-window';
import { ZonalShift, ZonalShiftProps } from '../../../src/constructs/resilience/zonal-shift';
import { givenVpc, testStack } from '../../support/apps';

const ARN = 'arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/trading/1234';
const alarm = (name: string) => cloudwatch.Alarm.fromAlarmArn(testStack(), name, `arn:aws:cloudwatch:us-east-1:111111111111:alarm:${name}`);

function shift(props: Partial<ZonalShiftProps> = {}) {
  const stack = testStack();
  const loadBalancer = elbv2.ApplicationLoadBalancer.fromApplicationLoadBalancerAttributes(stack, 'Alb', { loadBalancerArn: ARN, securityGroupId: 'sg-1' });
  new ZonalShift(stack, 'Shift', { loadBalancer, outcomeAlarms: [alarm('orders')], ...props });
  return Template.fromStack(stack);
}

test('lets AWS shift traffic and practises it against an alarm', () => {
  shift().hasResourceProperties('AWS::ARCZonalShift::ZonalAutoshiftConfiguration', {
    ResourceIdentifier: ARN,
    ZonalAutoshiftStatus: 'ENABLED',
    PracticeRunConfiguration: { OutcomeAlarms: [{ Type: 'CLOUDWATCH', AlarmIdentifier: 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:orders' }] },
  });
});

test('does not practise during maintenance, on given days or while something else is wrong', () => {
  shift({
    autoshift: false,
    blockedWindows: [MaintenanceWindow.weekly({ day: MaintenanceDay.SUNDAY, start: '23:30' })],
    blockedDates: ['2027-12-24'],
    blockingAlarms: [alarm('deploying')],
  }).hasResourceProperties('AWS::ARCZonalShift::ZonalAutoshiftConfiguration', {
    ZonalAutoshiftStatus: 'DISABLED',
    PracticeRunConfiguration: {
      BlockedWindows: ['SUN:23:30-SUN:23:59', 'MON:00:00-MON:00:30'],
      BlockedDates: ['2027-12-24'],
      BlockingAlarms: [{ Type: 'CLOUDWATCH', AlarmIdentifier: 'arn:aws:cloudwatch:us-east-1:111111111111:alarm:deploying' }],
    },
  });
});

test('fails with everything that is wrong at once', () => {
  const days = Array.from({ length: 15 }, (_, index) => `2027-01-${index + 10}`);
  expect(() => shift({ outcomeAlarms: [], blockedDates: [...days, '2027-02-30'] }))
    .toThrow(/`outcomeAlarms` must hold 1 to 10 alarms, got: 0.*`blockedDates` must be at most 15, got: 16.*must be days such as 2027-12-24, got: '2027-02-30'/);
});

test('lets a load balancer of ours take part', () => {
  const stack = testStack();
  const loadBalancer = new elbv2.ApplicationLoadBalancer(stack, 'Alb', { vpc: givenVpc(stack) });
  new ZonalShift(stack, 'Shift', { loadBalancer, outcomeAlarms: [alarm('orders')] });
  Template.fromStack(stack).hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    LoadBalancerAttributes: Match.arrayWith([{ Key: 'zonal_shift.config.enabled', Value: 'true' }]),
  });
});
