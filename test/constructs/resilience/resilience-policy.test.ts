import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { RecoveryObjective } from '../../../src/constructs/resilience/recovery-objective';
import { ResiliencePolicy, ResiliencePolicyProps, ResilienceTier } from '../../../src/constructs/resilience/resilience-policy';
import { testStack } from '../../support/apps';

function policy(props: Partial<ResiliencePolicyProps> = {}) {
  const stack = testStack();
  new ResiliencePolicy(stack, 'Policy', { objective: RecoveryObjective.MULTI_REGION_EXCHANGE, ...props });
  return Template.fromStack(stack);
}

test('says the objective in seconds', () => {
  policy().hasResourceProperties('AWS::ResilienceHub::ResiliencyPolicy', {
    Tier: 'MissionCritical',
    PolicyName: Match.stringLikeRegexp('^[A-Za-z0-9][A-Za-z0-9_-]{1,59}$'),
    Policy: {
      AZ: { RtoInSecs: 60, RpoInSecs: 0 },
      Hardware: { RtoInSecs: 60, RpoInSecs: 0 },
      Software: { RtoInSecs: 900, RpoInSecs: 900 },
      Region: { RtoInSecs: 900, RpoInSecs: 60 },
    },
  });
});

test('says nothing about a region that is not survived', () => {
  policy({ objective: RecoveryObjective.GATEWAY_EXCHANGE, tier: ResilienceTier.CRITICAL }).hasResourceProperties('AWS::ResilienceHub::ResiliencyPolicy', {
    Tier: 'Critical', Policy: { Region: Match.absent() },
  });
});

test('fails for targets that nothing can keep', () => {
  expect(() => policy({ software: { rto: Duration.seconds(0), rpo: Duration.seconds(0) } })).toThrow(/`software.rto` must be at least a second, got: 0/);
});
