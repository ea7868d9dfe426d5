import { exchange } from '../support/exchange';
import { packReport } from '../support/rule-packs';

const report = packReport((app) => { exchange({ monthlyBudgetUsd: 12_000 }, app); });

test('no rule of any pack finds anything that is not acknowledged with a reason', () => {
  expect(report.violations).toEqual([]);
});
