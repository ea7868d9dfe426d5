/**
 * Runs the Postman collection with Newman: `npm run check:api`. Opt-in, since Newman is not one of the project's dependencies: it is installed
 * into a folder of its own. Against API_URL with API_TOKEN and API_OPERATOR_TOKEN (or API_USERS and API_OPERATOR, `name:password`), or without
 * them against an API that is started here, with a real Redis and a user pool, journal and ledger in memory.
 *
 *   --json   the last line is {"skipped","passed","requests","assertions","failures"}
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ApiDocument, collectionOf } from './api/postman';
import { type Answer, conclude } from './lib/answer';
import { tokensOf } from './lib/tokens';
import { ALICE, BOB, Harness } from '../services/reference-api/testing/harness';

const NEWMAN = '6.2.2';

interface Target {
  readonly url: string;
  readonly token: string;
  readonly operatorToken: string;
  stop(): Promise<void>;
}

/** Newman's program, installed when it is not there; undefined when it cannot be had. */
function newman(): string | undefined {
  const folder = join(tmpdir(), `newman-${NEWMAN}-${process.getuid?.() ?? 0}`);
  const program = join(folder, 'node_modules/newman/bin/newman.js');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error', `newman@${NEWMAN}`], { cwd: folder, stdio: 'inherit' });
  return status === 0 && existsSync(program) ? program : undefined;
}

async function target(): Promise<Target> {
  const { API_OPERATOR_TOKEN, API_OPERATOR } = process.env;
  const url = process.env.API_URL?.replace(/\/$/, '');
  if (url !== undefined) {
    const [token = ''] = await tokensOf(url, process.env);
    const [operatorToken = ''] = await tokensOf(url, { API_TOKEN: API_OPERATOR_TOKEN, API_USERS: API_OPERATOR });
    return { url, token, operatorToken, stop: () => Promise.resolve() };
  }
  const harness = await new Harness().start();
  const task = await harness.task();
  return { url: task.url, token: harness.pool.token(ALICE), operatorToken: harness.pool.token(BOB, ['operators']), stop: () => harness.stop() };
}

interface Counted { readonly total: number; readonly failed: number }

async function check(): Promise<Answer> {
  const program = newman();
  if (!program) return { skipped: true, reason: `Newman ${NEWMAN} could not be installed from the npm registry.` };
  const { url, token, operatorToken, stop } = await target();
  const folder = mkdtempSync(join(tmpdir(), 'check-api-'));
  try {
    const document = await (await fetch(`${url}/v1/openapi.json`)).json() as ApiDocument;
    const file = join(folder, 'collection.json');
    const result = join(folder, 'result.json');
    writeFileSync(file, JSON.stringify(collectionOf(document)));
    // In a process of its own, since the API that it asks lives in this one.
    const code = await new Promise<number>((resolve, reject) => {
      const variables = Object.entries({ baseUrl: url, token, operatorToken }).flatMap(([key, value]) => ['--env-var', `${key}=${value}`]);
      const child = spawn(process.execPath, [program, 'run', file, ...variables, '--reporters', 'cli,json', '--reporter-json-export', result, '--color', 'off'], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      child.once('error', reject);
      child.once('exit', (status) => resolve(status ?? 1));
    });
    const { run } = JSON.parse(readFileSync(result, 'utf8')) as { run: { stats: { requests: Counted; assertions: Counted }; failures: readonly unknown[] } };
    return {
      skipped: false, passed: code === 0, requests: run.stats.requests.total, assertions: run.stats.assertions.total, failures: run.failures.length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stop();
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  return conclude('check:api', await check(), { json: values.json, require: true });
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
});
