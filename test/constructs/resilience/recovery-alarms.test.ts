import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmTopic } from '../../../src/constructs/observability/alarm-topic';
import { RecoveryAlarms } from '../../../src/constructs/resilience/recovery-alarms';
import { RecoveryObjective } from '../../../src/constructs/resilience/recovery-objective';
import { testStack } from '../../support/apps';

const metric = (metricName: string) => new cloudwatch.Metric({ namespace: 'AWS/RDS', metricName });
const { GATEWAY_EXCHANGE, MULTI_REGION_EXCHANGE } = RecoveryObjective;

test('warns at half of what may be lost, and when a metric stops', () => {
  const stack = testStack();
  const topic = new AlarmTopic(stack, 'Topic');
  const { alarms } = new RecoveryAlarms(stack, 'Recovery', {
    objective: MULTI_REGION_EXCHANGE,
    standbyLags: [metric('AuroraReplicaLagMaximum')],
    regionLags: [metric('AuroraGlobalDBRPOLag')],
    alarmActions: [topic],
  });
  expect(alarms).toHaveLength(2);
  const template = Template.fromStack(stack);
  for (const MetricName of ['AuroraReplicaLagMaximum', 'AuroraGlobalDBRPOLag']) {
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName, Threshold: 30_000, EvaluationPeriods: 3, TreatMissingData: 'breaching', AlarmActions: [stack.resolve(topic.topic.topicArn)],
    });
  }
});

test('fails when nothing is watched, and for a region that the objective does not have', () => {
  expect(() => new RecoveryAlarms(testStack(), 'Recovery', { objective: GATEWAY_EXCHANGE })).toThrow(/`standbyLags` or `regionLags` must be given/);
  expect(() => new RecoveryAlarms(testStack(), 'Recovery', { objective: GATEWAY_EXCHANGE, regionLags: [metric('Lag')] })).toThrow(/`regionLags` must not be given/);
});
