/**
 * ZAP's scan of the API by its OpenAPI document: `npm run check:zap`. It attacks: never against a system that people use. Against API_URL with
 * API_TOKEN or API_USERS, or without them against an API that is started here. Needs `zap-api-scan.py` (on the PATH, or named by ZAP) or Docker;
 * skipped without. Fails on findings of medium risk and above that scripts/check-zap/rules.tsv does not explain.
 *
 *   -- --minutes 20   longest time for the active scan
 *   --out <folder>    for the report, default dist/zap
 *   --require         fail instead of skipping
 *   --json            the findings as one line of JSON, last
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findZap, runZap } from './check-zap/run';
import { conclude } from './lib/answer';
import { root } from './lib/processes';
import { loadTarget } from './load-k6/target';

async function main(): Promise<number> {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '20' }, out: { type: 'string', default: join(root, 'dist/zap') }, require: flag, json: flag } });
  const flags = { json: values.json, require: values.require };
  if (!/^[1-9]\d{0,3}$/.test(values.minutes)) throw new Error(`--minutes must be a whole number from 1 to 9999, got ${values.minutes}`);
  const zap = findZap(process.env);
  if (zap === undefined) {
    return conclude('check:zap', { skipped: true, reason: 'Neither zap-api-scan.py nor a Docker that answers is there. Install one, or name the program in ZAP.' }, flags);
  }
  const target = await loadTarget(process.env);
  try {
    const answer = await runZap({
      zap, url: target.url, token: target.tokens[0], out: resolve(values.out), minutes: Number(values.minutes), environment: process.env,
    });
    for (const { id, name, risk, count, where } of answer.findings as readonly Record<string, unknown>[]) {
      console.error(`${String(risk).toUpperCase()} ${String(id)} ${String(name)} (${String(count)}×, ${String(where)})`);
    }
    return conclude('check:zap', answer, flags);
  } finally {
    await target.stop();
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
});
