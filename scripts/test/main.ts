/**
 * Every kind of test, one stage after the other; a stage that fails does not hide the next. The last line holds the totals.
 *
 *   --full          the large counts, and the newest aws-cdk-lib beside the one of development
 *   --only a,b      some stages only
 *   --except a,b    all stages but these
 *   --list          the names of the stages
 */
import { parseArgs } from 'node:util';
import { stages, type StageResult } from './stages';

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { full: { type: 'boolean', default: false }, only: { type: 'string' }, except: { type: 'string' }, list: { type: 'boolean', default: false } },
  });
  const known = stages(values.full);
  if (values.list) {
    for (const stage of known) console.log(`${stage.name.padEnd(12)} ${stage.what}`);
    return 0;
  }
  const only = values.only?.split(',');
  const except = values.except?.split(',') ?? [];
  const unknown = [...only ?? [], ...except].filter((name) => !known.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    console.error(`no such stage: ${unknown.join(', ')}; there are ${known.map((stage) => stage.name).join(', ')}`);
    return 2;
  }

  const results: (StageResult & { name: string; seconds: number })[] = [];
  for (const stage of known.filter(({ name }) => !except.includes(name) && (!only || only.includes(name)))) {
    console.log(`\n── ${stage.name}: ${stage.what}`);
    const started = Date.now();
    const result = await stage.run();
    results.push({ name: stage.name, seconds: (Date.now() - started) / 1000, ...result });
  }

  console.log('\nstage         passed  failed  seconds');
  for (const { name, passed, failed, seconds } of results) {
    console.log(`${name.padEnd(12)} ${String(passed).padStart(7)} ${String(failed).padStart(7)} ${seconds.toFixed(0).padStart(8)}`);
  }
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error);
  process.exit(1);
});
