import { CfnWaitConditionHandle, SecretValue, Stack } from 'aws-cdk-lib';
import { RecoveryObjective, RetailExchange, SignInDomain } from '../../src';
import { twoRegions } from '../support/retail';
import { packReport, PACKS } from '../support/rule-packs';

const one = packReport((app) => new RetailExchange(app, 'RetailExchange', { monthlyBudgetUsd: 3_000, alarmEmails: ['operations@example.com'] }));
const two = packReport((app) => {
  const okta = { issuerUrl: 'https://desk.okta.com', clientId: 'okta-client', clientSecret: SecretValue.secretsManager('okta-sign-in') };
  const given = new Stack(app, 'Given');
  new CfnWaitConditionHandle(given, 'Handle');
  new RetailExchange(app, 'RetailExchange', { ...twoRegions(given), signIn: { domain: SignInDomain.prefix('desk-retail'), okta } });
});

describe.each([['one region', one], ['two regions', two]])('%s', (_, report) => {
  test('passes all six packs and the built-in rules', () => {
    expect(report.plugins).toEqual(expect.arrayContaining(PACKS));
    expect(report.violations).toEqual([]);
    expect(report.error).toBe('');
  });

  test('what is accepted has a reason, an owner and a date', () => {
    expect(report.suppressed.length).toBeGreaterThan(0);
    for (const { reason } of report.suppressed) expect(reason).toMatch(/Owner: .+ Control: .+ Review by \d{4}-\d{2}-\d{2}\./);
  });
});

test('an objective that the templates cannot keep stops the synthesis', () => {
  const { violations } = packReport((app) => {
    const given = new Stack(app, 'Given');
    new CfnWaitConditionHandle(given, 'Handle');
    new RetailExchange(app, 'RetailExchange', { ...twoRegions(given), recoveryObjective: RecoveryObjective.MULTI_REGION_EXCHANGE });
  });
  expect(violations).toEqual(['region-switch-plan at RetailExchange']);
});
