/** Each form under the AwsSolutions pack and the built-in CloudFormation rules: no finding that is not acknowledged with its reason. */
import { CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { LibraryAcknowledgements } from '../../../src/assurance/library-acknowledgements';
import { ServerlessSimulator } from '../../../src/stacks/serverless-simulator';
import { packReport } from '../../support/rule-packs';
import { FORMS } from '../../support/serverless';

const isChecked = (violation: string): boolean => !/^(HIPAA\.Security|NIST\.800\.53|PCI\.DSS|Serverless)/.test(violation);

test('a template that cannot keep the recovery objective is a violation', () => {
  const { violations } = packReport((app) => {
    const { analytics } = new ServerlessSimulator(app, 'ServerlessSimulator', FORMS.FULL).data;
    (analytics!.instance.node.defaultChild as CfnDBInstance).multiAz = false;
  });
  expect(violations.filter((one) => one.includes('/Data/Analytics/') && /zone|standby|Recovery/i.test(one))).not.toEqual([]);
});

describe.each(['MVP', 'FULL'])('%s', (form) => {
  const report = packReport((app) => {
    new ServerlessSimulator(app, 'ServerlessSimulator', FORMS[form]);
    LibraryAcknowledgements.apply(app, { owner: 'platform', reviewBy: '2027-05-31' });
  });

  test('nothing is violated', () => {
    expect(report.plugins).toContain('AwsSolutions');
    expect(report.violations.filter(isChecked)).toEqual([]);
  });

  test('what is accepted says why, who answers for it and until when', () => {
    for (const { reason } of report.suppressed) expect(reason).toMatch(/^.{20,} Owner: platform\. Control: .{5,}\. Review by 2027-05-31\.$/);
  });
});
