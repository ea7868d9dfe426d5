import { App } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { TradingStack } from '../../../src';
import { DataKeys } from '../../../src/constructs/security/data-keys';
import { PermissionsBoundary } from '../../../src/constructs/security/permissions-boundary';
import { RotatedSecret } from '../../../src/constructs/security/rotated-secret';
import { givenAlarmAction, givenFunction } from '../../support/given';
import { accept, packReport } from '../../support/rule-packs';

const LONG = ['HIPAA.Security', 'NIST.800.53.R4', 'NIST.800.53.R5', 'PCI.DSS.321'];

function build(app: App): void {
  const stack = new TradingStack(app, 'Security');
  const boundary = new PermissionsBoundary(stack, 'Boundary', { regions: ['us-east-1', 'us-west-2'] });
  new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  boundary.apply(stack);
  const reason = 'A boundary must allow what is to be possible at all; it grants nothing, and a role still needs a statement of its own.';
  const control = 'the statements after it deny what an intruder would gain by';
  accept(boundary,
    { rule: 'IAM5[Action::*]', packs: ['AwsSolutions'], reason, control },
    { rule: 'IAM5[Resource::*]', packs: ['AwsSolutions'], reason, control },
    { rule: 'IAMPolicyNoStatementsWithAdminAccess', packs: LONG, reason, control },
    { rule: 'IAMPolicyNoStatementsWithFullAccess', packs: LONG, reason, control });
  new DataKeys(stack, 'Keys');
  new RotatedSecret(stack, 'Secret', { description: 'Key of the market feed', rotationFunction: givenFunction(stack, 'Rotate'), alarmActions: [givenAlarmAction(stack)] });
}

const report = packReport(build);

test('no rule of six packs finds anything that is not accepted', () => {
  expect(report.error).toBe('');
  expect(report.violations).toEqual([]);
});

test('every acceptance is of a finding that exists', () => {
  const found = new Set(report.suppressed.map(({ ruleName }) => ruleName.replace(/^.*?[-](?=[A-Z])/, '')));
  expect([...found].sort()).toEqual(['IAM5[Action::*]', 'IAM5[Resource::*]', 'IAMPolicyNoStatementsWithAdminAccess', 'IAMPolicyNoStatementsWithFullAccess']);
});
