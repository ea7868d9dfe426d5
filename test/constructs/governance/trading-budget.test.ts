import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { TradingBudget, TradingBudgetProps } from '../../../src/constructs/governance/trading-budget';
import { testStack } from '../../support/apps';

const emails = ['finance@example.com'];
const budget = (props: Partial<TradingBudgetProps> = {}) => new TradingBudget(testStack(), 'Budget', { monthlyLimitUsd: 6000, emails, ...props });

test('gives notice at 50, 80 and 100 per cent of what was spent and of what is forecast', () => {
  const stack = testStack();
  new TradingBudget(stack, 'Budget', { monthlyLimitUsd: 6000, emails });
  const notice = (NotificationType: string, Threshold: number) => ({
    Notification: { NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
    Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'finance@example.com' }],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Budgets::Budget', {
    Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 6000, Unit: 'USD' }, BudgetName: Match.absent(), CostFilters: Match.absent() },
    NotificationsWithSubscribers: [notice('ACTUAL', 50), notice('ACTUAL', 80), notice('ACTUAL', 100), notice('FORECASTED', 100)],
  });
});

test('does not let credits hide what is used', () => {
  Template.fromStack(Stack.of(budget())).hasResourceProperties('AWS::Budgets::Budget', {
    Budget: { CostTypes: { IncludeCredit: false, IncludeRefund: false } },
  });
});

test('lets budgets of this account, and nobody else, publish to the topic before the budget is made', () => {
  const stack = testStack();
  const topic = new sns.Topic(stack, 'Topic');
  new TradingBudget(stack, 'Budget', { monthlyLimitUsd: 100, topic });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: [Match.objectLike({
        Action: 'sns:Publish',
        Principal: { Service: 'budgets.amazonaws.com' },
        Resource: stack.resolve(topic.topicArn),
        Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
      })],
    },
  });
  template.hasResource('AWS::Budgets::Budget', { DependsOn: [Match.stringLikeRegexp('^TopicPolicy')] });
});

test('warns when the policy of a topic cannot be changed', () => {
  const stack = testStack();
  const topic = sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:111111111111:billing');
  new TradingBudget(stack, 'Budget', { monthlyLimitUsd: 100, topic });
  Annotations.fromStack(stack).hasWarning('/Test/Budget', Match.stringLikeRegexp('must let budgets.amazonaws.com publish'));
});

test('counts the resources with a tag only', () => {
  Template.fromStack(Stack.of(budget({ costTag: { key: 'system', value: 'GatewayExchange' } }))).hasResourceProperties('AWS::Budgets::Budget', {
    Budget: { CostFilters: { TagKeyValue: ['user:system$GatewayExchange'] } },
  });
});

test('reads the charges of the account from the only region that has them', () => {
  const stack = new Stack(new App(), 'Other', { env: { region: 'eu-central-1' } });
  expect(stack.resolve(TradingBudget.metricEstimatedCharges().toMetricConfig().metricStat)).toMatchObject({
    namespace: 'AWS/Billing', metricName: 'EstimatedCharges', region: 'us-east-1', statistic: 'Maximum',
  });
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('fails for a limit of %s', (monthlyLimitUsd) => {
  expect(() => budget({ monthlyLimitUsd })).toThrow(/`monthlyLimitUsd` must be a number above 0, got: /);
});

test('fails when nobody is told', () => {
  expect(() => budget({ emails: [] })).toThrow(/`emails` or `topic` must be given/);
});

test.each([['no-at.example.com'], ['two@x.com,y@z.com'], ['a@b']])('fails for the address %s', (email) => {
  expect(() => budget({ emails: [email] })).toThrow(/`emails` must hold mail addresses/);
});

test('fails for more than ten notices and accepts ten', () => {
  const ten = [10, 20, 30, 40, 50, 60, 70, 80, 90];
  expect(() => budget({ actualThresholds: ten })).not.toThrow();
  expect(() => budget({ actualThresholds: [...ten, 100] })).toThrow(/together must be 1 to 10, got: 11/);
});

test('fails with everything that is wrong at once', () => {
  expect(() => budget({ monthlyLimitUsd: 0, actualThresholds: [0, 80, 80], emails: ['x', 'x'], costTag: { key: '', value: 'a' } }))
    .toThrow(/`monthlyLimitUsd`.*`emails` must hold mail.*every address once.*`actualThresholds` must be per cents.*not repeat.*`costTag.key`/);
});
