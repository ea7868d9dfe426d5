import { Budget } from './lib/bare-app-budget';
import { differences } from './synth-plan';

test('counts may differ by the share that was agreed, and no further', () => {
  expect(differences({ A: 100, B: 3 }, { A: 95, B: 3 })).toEqual([]);
  expect(differences({ A: 100, B: 3 }, { A: 94, B: 4, C: 1 })).toEqual(['A: 100 in ours, 94 in the bare app', 'B: 3 in ours, 4 in the bare app', 'C: 0 in ours, 1 in the bare app']);
});

test('a budget gives what is left and names the rest', () => {
  const budget = new Budget({ 'AWS::SQS::Queue': 2, 'AWS::SNS::Topic': 1, 'Custom::Trigger': 1 });
  expect([budget.take('SQS::Queue'), budget.take('SQS::Queue', 5), budget.take('SQS::Queue')]).toEqual([1, 1, 0]);
  expect(budget.each('SNS::Topic', (id) => id)).toEqual(['SNSTopic0']);
  expect(budget.rest).toEqual(['Custom::Trigger']);
});
