/**
 * Runs the Postman collection with Newman: `npm run check:api`. Opt-in, since Newman is not one of the project's dependencies: it is installed
 * into a folder of its own. Against API_URL with API_TOKEN and API_OPERATOR_TOKEN, or without them against an API that is started here, with a
 * real Redis and a user pool, journal and ledger in memory.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiDocument, collectionOf } from './api/postman';
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
  const { API_URL: url, API_TOKEN: token = '', API_OPERATOR_TOKEN: operatorToken = '' } = process.env;
  if (url !== undefined) return { url: url.replace(/\/$/, ''), token, operatorToken, stop: () => Promise.resolve() };
  const harness = await new Harness().start();
  const task = await harness.task();
  return { url: task.url, token: harness.pool.token(ALICE), operatorToken: harness.pool.token(BOB, ['operators']), stop: () => harness.stop() };
}

async function main(): Promise<number> {
  const program = newman();
  if (!program) {
    console.error(`MISSING: Newman ${NEWMAN} could not be installed from the npm registry. Nothing was checked.`);
    return 1;
  }
  const { url, token, operatorToken, stop } = await target();
  const folder = mkdtempSync(join(tmpdir(), 'check-api-'));
  try {
    const document = await (await fetch(`${url}/v1/openapi.json`)).json() as ApiDocument;
    const file = join(folder, 'collection.json');
    writeFileSync(file, JSON.stringify(collectionOf(document)));
    // In a process of its own, since the API that it asks lives in this one.
    const code = await new Promise<number>((resolve, reject) => {
      const variables = Object.entries({ baseUrl: url, token, operatorToken }).flatMap(([key, value]) => ['--env-var', `${key}=${value}`]);
      const child = spawn(process.execPath, [program, 'run', file, ...variables, '--reporters', 'cli', '--color', 'off'], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      child.once('error', reject);
      child.once('exit', (status) => resolve(status ?? 1));
    });
    console.log(code === 0 ? 'check:api passed' : 'check:api FAILED');
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await stop();
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
});
