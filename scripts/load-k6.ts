/**
 * Load as the documents ask for it, by k6: `npm run load:k6`. Against API_URL with API_TOKENS or API_USERS, or without them against an API that is
 * started here with a real Redis, where journal and ledger are in memory. Without the program k6 (on the PATH, or named by K6) it is skipped.
 *
 *   -- --rate 500 --burst 1000 --seconds 120 --burst-seconds 30 --p99-ms 100 --error-rate 0.001 --sockets 100
 *   --only api|stream   one of the two scripts
 *   --require           fail instead of skipping
 *   --json              the figures as one line of JSON, last
 */
import { parseArgs } from 'node:util';
import { conclude } from './lib/answer';
import { findK6, runLoad } from './load-k6/run';
import { loadTarget } from './load-k6/target';

const FIGURES = ['rate', 'burst', 'seconds', 'burst-seconds', 'p99-ms', 'error-rate', 'sockets'] as const;

async function main(): Promise<number> {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: { ...Object.fromEntries(FIGURES.map((name) => [name, text])), only: text, require: flag, json: flag } as Record<string, { type: 'string' } | { type: 'boolean'; default: boolean }>,
  });
  const flags = { json: values.json === true, require: values.require === true };
  const k6 = findK6(process.env);
  if (k6 === undefined) {
    return conclude('load:k6', { skipped: true, reason: 'The program k6 is not on the PATH. Install it (https://grafana.com/docs/k6), or name it in K6.' }, flags);
  }
  if (values.only !== undefined && values.only !== 'api' && values.only !== 'stream') throw new Error(`--only must be api or stream, got ${String(values.only)}`);
  const figures: Record<string, string> = {};
  for (const name of FIGURES) {
    const value = values[name];
    if (value === undefined) continue;
    if (!(Number(value) > 0)) throw new Error(`--${name} must be a number above 0, got ${String(value)}`);
    figures[name.toUpperCase().replaceAll('-', '_')] = String(value);
  }
  const target = await loadTarget(process.env);
  try {
    const scripts = values.only === undefined ? ['api', 'stream'] : [String(values.only)];
    return conclude('load:k6', await runLoad({ k6, scripts, figures, target, environment: process.env }), flags);
  } finally {
    await target.stop();
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
});
