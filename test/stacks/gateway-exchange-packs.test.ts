import { gateway, SIZES } from '../support/gateway';
import { packReport } from '../support/rule-packs';

test.each([500, 50000] as const)('no rule of any pack finds anything in %d requests/s that is not acknowledged with a reason', (size) => {
  const { error, violations } = packReport((app) => { gateway({ size: SIZES[size], monthlyBudgetUsd: 4_000 }, app); });
  expect({ violations, error }).toEqual({ violations: [], error: '' });
});
