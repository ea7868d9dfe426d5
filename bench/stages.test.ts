import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Latencies } from './lib/latencies';
import { StageSamples, WRITTEN_AFTER_MS } from './lib/stage-samples';
import { stagesOf, stageTable } from './lib/stages';
import { projectNode } from '../local/servers/environment';

const told = (figures: Readonly<Record<string, number>>): Map<string, Latencies> => new Map(Object.entries(figures).map(([stage, ms]) => {
  const latencies = new Latencies();
  for (let i = 0; i < 10; i++) latencies.record(ms);
  return [stage, latencies];
}));

test('each stage stands beside its budget, and the step of the core bounds its parts', () => {
  const stages = stagesOf(told({ jwt: 1, core: 0.05, enqueue: 7, publish: 3 }), { p50: 9, p99: 31 });
  expect(Object.keys(stages)).toEqual(['jwt', 'balance', 'book', 'match', 'enqueue', 'total', 'publish']);
  expect(stages.jwt).toMatchObject({ p50: expect.closeTo(1, 2) as number, budgetMs: 2, withinBudget: true });
  for (const part of ['balance', 'book', 'match']) expect(stages[part]).toMatchObject({ p99: expect.closeTo(0.05, 3) as number, withinBudget: true });
  // A bound above the budget says nothing of the part.
  const bounded = stagesOf(told({ core: 4 }), { p50: 9, p99: 31 });
  expect(['balance', 'book', 'match'].map((part) => bounded[part].withinBudget)).toEqual([null, null, true]);
  expect(stages.enqueue).toMatchObject({ budgetMs: 5, withinBudget: false });
  expect(stages.total).toMatchObject({ p50: 9, p99: 31, budgetMs: 30, withinBudget: false });
  expect(stages.publish).toMatchObject({ budgetMs: null, withinBudget: null });
});

test('a system that has other parts shows those, and what nobody tells of is empty rather than fast', () => {
  const stages = stagesOf(told({ authorizer: 1, balance: 4, book: 1, match: 0.1 }), { p50: 20, p99: 25 });
  expect(stages.jwt.timed).toContain('stand-in of API Gateway');
  expect(stages.balance).toMatchObject({ withinBudget: false, timed: expect.stringContaining('DynamoDB') as string });
  expect(stages.enqueue).toMatchObject({ p50: null, p99: null, withinBudget: null });
  const table = stageTable(stages);
  expect(table).toHaveLength(7);
  expect(table.find((row) => row.startsWith('balance'))).toMatch(/ 3 +4\.0 +4\.0 +OVER/);
  expect(table.find((row) => row.startsWith('enqueue'))).toMatch(/ 5 +– +–/);
});

test('processes with the probe write down what they publish, and only what lies within the span counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stages-test-'));
  try {
    const samples = new StageSamples(join(folder, 'samples'));
    // As a service does, from a bundle that knows nothing of the probe; the last one right before its end.
    const script = `
      const stages = require('node:diagnostics_channel').channel('cdk-trading-platform:stage');
      if (!stages.hasSubscribers) process.exit(3);
      for (const ms of [1, 2, 3]) stages.publish({ stage: 'jwt', ms });
      setTimeout(() => { stages.publish({ stage: 'enqueue', ms: 40 }); process.exit(0); }, 100);`;
    const from = Date.now();
    const child = spawn(projectNode(), ['-e', script], { env: { PATH: process.env.PATH, ...samples.environment() }, stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (data: Buffer) => { errors += data.toString(); });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(errors).toBe('');
    await new Promise((resolve) => setTimeout(resolve, WRITTEN_AFTER_MS));
    const found = samples.within({ from, to: Date.now() });
    expect([found.get('jwt')?.count, found.get('enqueue')?.count]).toEqual([3, 1]);
    expect(found.get('jwt')?.percentiles().p50).toBeCloseTo(2, 1);
    expect(samples.within({ from: from - 10_000, to: from - 1 }).size).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
