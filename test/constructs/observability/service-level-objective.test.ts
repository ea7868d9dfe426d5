import { Duration, Lazy } from 'aws-cdk-lib';
import * as fc from 'fast-check';
import { ServiceLevelObjective } from '../../../src/constructs/observability/service-level-objective';

test('knows the promises of the documents', () => {
  expect(ServiceLevelObjective.GATEWAY_EXCHANGE).toMatchObject({ availability: 99.95, latencyP99: Duration.millis(30) });
  expect(ServiceLevelObjective.MULTI_REGION_EXCHANGE).toMatchObject({ availability: 99.99, latencyP99: Duration.millis(100) });
});

test('turns a promise into what may fail', () => {
  expect(ServiceLevelObjective.GATEWAY_EXCHANGE.errorBudget).toBe(0.0005);
  expect(ServiceLevelObjective.GATEWAY_EXCHANGE.allowedDowntime.toMinutes({ integral: false })).toBeCloseTo(21.6, 6);
  expect(ServiceLevelObjective.MULTI_REGION_EXCHANGE.errorBudget).toBe(0.0001);
  expect(ServiceLevelObjective.MULTI_REGION_EXCHANGE.allowedDowntime.toSeconds()).toBe(259);
});

test('wakes somebody after 2 per cent in an hour or 5 in six, and writes a ticket after 10 in a day', () => {
  const rates = ServiceLevelObjective.GATEWAY_EXCHANGE.burnRates();
  expect(rates.map(({ name, factor, errorRatio, page }) => [name, factor, errorRatio, page])).toEqual([
    ['fast', 14.4, 0.0072, true],
    ['medium', 6, 0.003, true],
    ['slow', 3, 0.0015, false],
  ]);
  expect(rates.map(({ longWindow, shortWindow }) => longWindow.toMinutes() / shortWindow.toMinutes())).toEqual([12, 12, 12]);
});

test('spends exactly the share of the budget that a pair names, for every objective and window', () => {
  fc.assert(fc.property(fc.integer({ min: 90_000, max: 99_999 }), fc.integer({ min: 7, max: 90 }), (thousandths, days) => {
    const objective = ServiceLevelObjective.of({ availability: thousandths / 1000, window: Duration.days(days) });
    for (const { factor, errorRatio, budgetShare, longWindow } of objective.burnRates()) {
      expect(factor * longWindow.toMinutes() / (days * 1440)).toBeCloseTo(budgetShare, 4);
      expect(errorRatio).toBeCloseTo(factor * objective.errorBudget, 6);
      expect(errorRatio).toBeLessThan(1);
    }
  }));
});

test('leaves out a pair that no share of failures could set off', () => {
  expect(ServiceLevelObjective.of({ availability: 90, window: Duration.days(30) }).burnRates().map(({ name }) => name)).toEqual(['medium', 'slow']);
});

test.each([89.99, 100, 101, Number.NaN])('fails for an availability of %s', (availability) => {
  expect(() => ServiceLevelObjective.of({ availability })).toThrow(/`availability` must be per cents from 90 to below 100, got: /);
});

test('fails with everything that is wrong at once', () => {
  expect(() => ServiceLevelObjective.of({ availability: 100, latencyP99: Duration.millis(0), window: Duration.days(6) }))
    .toThrow(/`availability`.*`latencyP99` must be from 1 millisecond.*`window` must be from 7 to 90 days, got: 6 days/);
});

test('fails for values that only the deployment knows', () => {
  expect(() => ServiceLevelObjective.of({ availability: Lazy.number({ produce: () => 99 }) })).toThrow(/must be known/);
});
