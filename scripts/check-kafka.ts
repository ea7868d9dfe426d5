/**
 * `npm run check:kafka`: the journal's contract on a real Kafka broker in KRaft mode. Needs Java 17 and a broker: that of KAFKA_HOME,
 * or one that Maven fetches from Maven Central. Without them it says so loudly and checks nothing.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const KAFKA = '3.9.1';
const root = join(__dirname, '..');
const cache = join(root, 'node_modules', '.cache', `kafka-${KAFKA}`);

class Skipped extends Error {}

const works = (command: string, ...args: string[]): boolean => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Folder with the broker's jars. */
function broker(): string {
  if (!works('java', '-version')) throw new Skipped('there is no Java; install a runtime of version 17 or later');
  const home = process.env.KAFKA_HOME;
  if (home !== undefined) {
    const libs = join(home, 'libs');
    if (!existsSync(libs)) throw new Skipped(`KAFKA_HOME is ${home}, which has no folder libs`);
    return libs;
  }
  if (existsSync(cache)) return cache;
  if (!works('mvn', '--version')) throw new Skipped('KAFKA_HOME is not set, and there is no Maven to fetch a broker with');
  const work = mkdtempSync(join(tmpdir(), 'kafka-fetch-'));
  try {
    writeFileSync(join(work, 'pom.xml'), `<project><modelVersion>4.0.0</modelVersion><groupId>check</groupId><artifactId>kafka</artifactId><version>1</version>
      <dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA}</version></dependency></dependencies></project>`);
    console.log(`fetching Apache Kafka ${KAFKA} with Maven …`);
    const libs = join(work, 'libs');
    const fetched = spawnSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`], { cwd: work, stdio: 'inherit', timeout: 300_000 });
    if (fetched.status !== 0 || !readdirSync(libs).some((name) => name.startsWith('kafka_'))) throw new Skipped('Maven could not fetch the broker');
    mkdirSync(dirname(cache), { recursive: true });
    rmSync(cache, { recursive: true, force: true });
    // Elsewhere on another disk than the temporary folder, perhaps.
    execFileSync('cp', ['-r', libs, `${cache}.part`]);
    renameSync(`${cache}.part`, cache);
    return cache;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => {
    socket.destroy();
    resolve(true);
  });
  socket.once('error', () => resolve(false));
});

/** Starts a broker that is its own controller, with an empty log. */
async function start(libs: string, folder: string): Promise<{ child: ChildProcess; port: number }> {
  const [port, controller] = [await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, [
    'process.roles=broker,controller', 'node.id=1', `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`, `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER', 'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT', `log.dirs=${join(folder, 'data')}`,
    'offsets.topic.replication.factor=1', 'transaction.state.log.replication.factor=1', 'transaction.state.log.min.isr=1', 'auto.create.topics.enable=false', '',
  ].join('\n'));
  const java = ['-Xmx512m', '-cp', join(libs, '*')];
  execFileSync('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', randomBytes(16).toString('base64url'), '-c', properties], { stdio: 'pipe' });
  const logFile = join(folder, 'broker.log');
  const log = openSync(logFile, 'w');
  const child = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: ['ignore', log, log] });
  closeSync(log);
  process.once('exit', () => child.kill('SIGKILL'));
  for (let i = 0; i < 300 && child.exitCode === null; i++) {
    if (await answers(port)) return { child, port };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  child.kill('SIGKILL');
  throw new Error(`the broker did not start:\n${readFileSync(logFile, 'utf8').split('\n').slice(-15).join('\n')}`);
}

/** The contract, bundled: the client is an ES module, which Jest does not load from CommonJS. */
async function check(folder: string, port: number): Promise<number> {
  const tests = join(folder, 'tests');
  mkdirSync(tests);
  await build({
    entryPoints: [join(root, 'services/adapters/journal/kafka/kafka-contract.check.ts')], outfile: join(tests, 'kafka-contract.test.js'),
    bundle: true, platform: 'node', target: 'node22', format: 'cjs', external: ['@node-rs/crc32', 'protobufjs'],
    alias: { '@platformatic/wasm-utils': '@platformatic/wasm-utils/bundled' },
    define: { 'import.meta.url': 'importMetaUrl' },
    banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  });
  writeFileSync(join(tests, 'jest.config.json'), JSON.stringify({ rootDir: tests, testEnvironment: 'node', transform: {}, testTimeout: 60_000 }));
  const jest = createRequire(join(root, 'package.json')).resolve('jest/bin/jest');
  const child = spawn(process.execPath, ['--no-warnings', jest, '--ci', '--verbose', '--config', join(tests, 'jest.config.json')], {
    cwd: root, stdio: 'inherit', env: { ...process.env, KAFKA_BROKERS: `127.0.0.1:${port}` },
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<number> {
  const libs = broker();
  const folder = mkdtempSync(join(tmpdir(), 'check-kafka-'));
  let child: ChildProcess | undefined;
  try {
    const started = await start(libs, folder);
    child = started.child;
    return await check(folder, started.port);
  } finally {
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child!.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then((code) => process.exit(code), (error: unknown) => {
  if (error instanceof Skipped) {
    console.error(`\n*** SKIPPED: the Kafka journal was NOT checked: ${error.message} ***\n`);
    process.exit(0);
  }
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
