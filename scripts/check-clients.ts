/**
 * Points unmodified clients of Binance at the local system and goes through what traders do with them: `npm run check:clients`. Opt-in, since ccxt
 * is large: the clients are installed, in the versions of clients/versions.json, into a folder of their own. No traffic leaves the machine: a guard
 * in each client's process refuses it, and tells. `--client <name>` runs one of them, `--system <class>` starts that system, `--url` goes to one
 * that runs already, with CLIENTS_API_KEY, CLIENTS_API_SECRET and CLIENTS_OTHER_TOKEN. Where WebSockets do not lead to the façade, what needs
 * them is left out, and counted. The last line is JSON.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { ClientTask } from './clients/run';
import { freshNpmEnvironment, npm, root } from './lib/processes';
import { prepareAssembly } from '../local/cli/assembly';
import { DEFAULT_SYSTEM, systemByName } from '../local/cli/systems';
import { startPlatform } from '../local/platform';
import { ApiClient } from '../local/runtime/api-client';

const versions = JSON.parse(readFileSync(join(__dirname, 'clients/versions.json'), 'utf8')) as Readonly<Record<string, string>>;
const workspace = join(root, '.local.clients');
const LIMIT_MS = 240_000;

interface Outcome {
  readonly version: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

type Target = Omit<ClientTask, 'workspace'> & { stop(): Promise<void> };

/** Installs what is missing. @throws Error that names what cannot be had */
function install(names: readonly string[]): void {
  const isThere = (name: string): boolean => {
    const file = join(workspace, 'node_modules', name, 'package.json');
    return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version === versions[name];
  };
  if (names.every(isThere)) return;
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, 'package.json'), '{"private":true}\n');
  const wanted = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  console.error(`installing ${wanted.join(', ')} …`);
  try {
    npm(['install', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error', ...wanted], workspace);
  } catch (error) {
    throw new Error(`MISSING: ${wanted.join(', ')} could not be installed from the npm registry. Nothing was checked.\n${(error as Error).message}`);
  }
}

/** Prices begin with a trade where no market is streamed. */
async function firstTrade(api: ApiClient, tokens: readonly string[]): Promise<void> {
  const { lastPrice } = await api.get<{ lastPrice?: string }>('/v1/tickers/BTCUSDT', tokens[0]);
  if (lastPrice !== undefined) return;
  const order = { symbol: 'BTCUSDT', type: 'limit', price: '60000', quantity: '0.01' };
  await api.post('/v1/orders', { ...order, side: 'sell' }, tokens[0]);
  await api.post('/v1/orders', { ...order, side: 'buy' }, tokens[1]);
}

/** A local system of our own, with a key that one of its traders makes. */
async function start(system: string): Promise<Target> {
  const data = mkdtempSync(join(tmpdir(), 'check-clients-'));
  const assembly = await prepareAssembly(systemByName(system), (what) => console.error(`${what} …`));
  console.error('starting the system …');
  const platform = await startPlatform({ assembly, data });
  const stop = async (): Promise<void> => {
    await platform.stop();
    rmSync(data, { recursive: true, force: true });
  };
  try {
    const { baseUrl: url, resources } = platform.describe();
    // API Gateway has a WebSocket API of its own, which speaks nothing else.
    const sockets = !Object.values(resources).some(({ type }) => type === 'AWS::ApiGatewayV2::Stage');
    const api = new ApiClient(url);
    const [trader, other] = platform.users.filter(({ role }) => role === 'trader');
    const { accessToken } = await api.signIn(trader);
    const { apiKey, secret } = await api.post<{ apiKey: string; secret: string }>('/v1/api-keys', { label: 'check:clients', permissions: ['read', 'trade'] }, accessToken);
    const otherToken = (await api.signIn(other)).accessToken;
    await firstTrade(api, [accessToken, otherToken]);
    return { url, apiKey, secret, sockets, otherToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Runs one client in a process of its own, the guard in front. */
async function run(name: string, { stop: _, ...target }: Target): Promise<Outcome> {
  const task: ClientTask = { workspace, ...target };
  const child = spawn(process.execPath, ['--require', join(__dirname, 'clients/guard.cjs'), '--import', 'tsx', join(__dirname, `clients/${name}.ts`)], {
    cwd: root, env: { ...freshNpmEnvironment(), CHECK_CLIENT: JSON.stringify(task) }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  const outgoing = new Set<string>();
  let figures: Omit<Outcome, 'version'> | undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('{"passed"')) figures = JSON.parse(line) as Omit<Outcome, 'version'>;
    else if (/^(ok|FAILED|--) /.test(line)) console.log(line.replace(/^(\S+\s+)/, `$1${name}: `));
  });
  let words = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('OUTGOING ')) outgoing.add(line.slice(9));
    else words = `${words}${line}\n`.slice(-2_000);
  });
  await ended.finally(() => clearTimeout(timer));
  const ours = { version: versions[name], passed: figures?.passed ?? 0, failed: figures?.failed ?? 1, skipped: figures?.skipped ?? 0 };
  if (!figures) console.log(`FAILED  ${name}: ended without its figures${words ? `:\n${words}` : ''}`);
  const stayed = outgoing.size === 0;
  console.log(`${stayed ? 'ok    ' : 'FAILED'}  ${name}: nothing left the machine${stayed ? '' : `, but it tried ${[...outgoing].join(', ')}`}`);
  return { ...ours, ...(stayed ? { passed: ours.passed + 1 } : { failed: ours.failed + 1 }) };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { client: { type: 'string' }, system: { type: 'string', default: DEFAULT_SYSTEM }, url: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const names = values.client === undefined ? Object.keys(versions) : [values.client];
  const unknown = names.find((name) => !Object.hasOwn(versions, name));
  if (unknown !== undefined) throw new Error(`--client must be one of ${Object.keys(versions).join(', ')}, got: ${unknown}`);
  install(names);
  const { CLIENTS_API_KEY: apiKey = '', CLIENTS_API_SECRET: secret = '', CLIENTS_OTHER_TOKEN: otherToken = '' } = process.env;
  const target: Target = values.url === undefined
    ? await start(values.system) : { url: values.url, apiKey, secret, otherToken, sockets: true, stop: () => Promise.resolve() };
  const clients: Record<string, Outcome> = {};
  try {
    for (const name of names) clients[name] = await run(name, target);
  } finally {
    await target.stop();
  }
  console.log(JSON.stringify({ clients }));
  return Object.values(clients).some(({ failed }) => failed > 0) ? 1 : 0;
}

main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
