import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ce from 'aws-cdk-lib/aws-ce';
import * as sns from 'aws-cdk-lib/aws-sns';
import { CostAnomalyMonitor } from '../../../src/constructs/governance/cost-anomaly-monitor';
import { testStack } from '../../support/apps';

const emails = ['finance@example.com'];

test('watches every service, tells the topic at once and people once a day', () => {
  const stack = testStack();
  const topic = new sns.Topic(stack, 'Topic');
  const monitor = new CostAnomalyMonitor(stack, 'Anomalies', { emails, topic, minimumImpactUsd: 250 });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::CE::AnomalyMonitor', { MonitorType: 'DIMENSIONAL', MonitorDimension: 'SERVICE' });
  const arns = [stack.resolve(monitor.monitor.anomalyMonitorRef.monitorArn)];
  const threshold = Match.serializedJson({
    Dimensions: { Key: 'ANOMALY_TOTAL_IMPACT_ABSOLUTE', MatchOptions: ['GREATER_THAN_OR_EQUAL'], Values: ['250'] },
  });
  template.hasResource('AWS::CE::AnomalySubscription', {
    Properties: {
      Frequency: 'IMMEDIATE', MonitorArnList: arns, ThresholdExpression: threshold, Subscribers: [{ Type: 'SNS', Address: stack.resolve(topic.topicArn) }],
    },
    DependsOn: [Match.stringLikeRegexp('^TopicPolicy')],
  });
  template.hasResourceProperties('AWS::CE::AnomalySubscription', {
    Frequency: 'DAILY', MonitorArnList: arns, ThresholdExpression: threshold, Subscribers: [{ Type: 'EMAIL', Address: 'finance@example.com' }],
  });
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: { Statement: [Match.objectLike({ Principal: { Service: 'costalerts.amazonaws.com' }, Action: 'sns:Publish' })] },
  });
});

test('watches the resources with a tag', () => {
  const stack = testStack();
  new CostAnomalyMonitor(stack, 'Anomalies', { emails, costTag: { key: 'system', value: 'GatewayExchange' } });
  Template.fromStack(stack).hasResourceProperties('AWS::CE::AnomalyMonitor', {
    MonitorType: 'CUSTOM',
    MonitorDimension: Match.absent(),
    MonitorSpecification: Match.serializedJson({ Tags: { Key: 'system', Values: ['GatewayExchange'], MatchOptions: ['EQUALS'] } }),
  });
});

test('uses a given monitor and defines none in its place', () => {
  const stack = testStack();
  const given = new CostAnomalyMonitor(stack, 'First', { emails }).monitor;
  const second = new CostAnomalyMonitor(stack, 'Second', { emails, monitor: given });
  expect(second.monitor).toBe(given);
  Template.fromStack(stack).resourceCountIs('AWS::CE::AnomalyMonitor', 1);
  Template.fromStack(stack).resourceCountIs('AWS::CE::AnomalySubscription', 2);
});

test('fails with everything that is wrong at once', () => {
  const stack = testStack();
  const monitor = new ce.CfnAnomalyMonitor(stack, 'Given', { monitorName: 'given', monitorType: 'DIMENSIONAL', monitorDimension: 'SERVICE' });
  expect(() => new CostAnomalyMonitor(stack, 'Anomalies', { minimumImpactUsd: 0, monitor, costTag: { key: 'a', value: 'b' } }))
    .toThrow(/`minimumImpactUsd` must be a number above 0, got: 0.*`emails` or `topic`.*`costTag` cannot be given with `monitor`/);
});
