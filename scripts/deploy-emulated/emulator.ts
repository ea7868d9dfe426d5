import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand, waitUntilStackDeleteComplete } from '@aws-sdk/client-cloudformation';
import { freePort } from '../../local/servers/ports';
import { root, step } from '../lib/processes';

/** The emulator and its version: another one knows other types. */
const PACKAGE = 'ministack';
export const VERSION = '1.5.33';
const READY_MS = 90_000;

/** What the machine lacks; the program says so and does nothing. */
export class Missing extends Error {}

/** An all-in-one emulator of AWS in a process of its own, on a port of 127.0.0.1 that was free. */
export class Emulator {
  private constructor(readonly url: string, private readonly child: ChildProcess, private readonly folder: string) {}

  /** @throws Missing when Python or the package is not to be had */
  static async start(): Promise<Emulator> {
    const program = await install();
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'deploy-emulated-'));
    const log = join(folder, 'emulator.log');
    const output = openSync(log, 'a');
    const child = spawn(program, [], {
      cwd: folder,
      stdio: ['ignore', output, output],
      // A group of its own: functions run in processes that it starts, and end with it.
      detached: true,
      env: {
        ...process.env, BIND_HOST: '127.0.0.1', GATEWAY_PORT: String(port), TMPDIR: folder, S3_DATA_DIR: join(folder, 's3'), LOG_LEVEL: 'INFO',
        // Nothing that its functions might find on this machine.
        AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', DOCKER_HOST: 'unix:///nonexistent.sock',
      },
    });
    closeSync(output);
    const emulator = new Emulator(`http://127.0.0.1:${port}`, child, folder);
    process.once('exit', () => emulator.stop());
    await step(`starting ${PACKAGE} on ${emulator.url}`, () => emulator.ready(log));
    return emulator;
  }

  /** Ends it and removes what it kept. */
  stop(): void {
    try {
      process.kill(-this.child.pid!, 'SIGKILL');
    } catch {
      // It has ended already.
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Forgets everything, so that the next system finds an empty account. */
  async reset(): Promise<void> {
    const { ok, status } = await fetch(`${this.url}/_ministack/reset`, { method: 'POST' });
    if (!ok) throw new Error(`the emulator could not be reset: ${status}`);
  }

  /** Deletes a stack that nobody waits for any more. */
  async deleteStack(name: string, region: string): Promise<void> {
    const client = new CloudFormationClient({ endpoint: this.url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    try {
      await client.send(new DeleteStackCommand({ StackName: name }));
      await waitUntilStackDeleteComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 }, { StackName: name });
    } catch (error) {
      process.stderr.write(`  the stack ${name} could not be deleted: ${(error as Error).message}\n`);
    } finally {
      client.destroy();
    }
  }

  /** Outputs of a stack, by name; none of one that is not there. */
  async outputs(name: string, region: string): Promise<Record<string, string>> {
    const client = new CloudFormationClient({ endpoint: this.url, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    try {
      const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
      return Object.fromEntries((stack?.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue ?? '']));
    } catch {
      return {};
    } finally {
      client.destroy();
    }
  }

  private async ready(log: string): Promise<void> {
    const until = Date.now() + READY_MS;
    while (Date.now() < until) {
      if (this.child.exitCode !== null) break;
      if (await fetch(`${this.url}/_ministack/health`).then(({ ok }) => ok, () => false)) return;
      await sleep(200);
    }
    throw new Error(`the emulator did not start:\n${readFileSync(log, 'utf8').split('\n').slice(-15).join('\n')}`);
  }
}

/** The program, in a virtual environment of its own below node_modules/.cache. */
async function install(): Promise<string> {
  const folder = join(root, 'node_modules', '.cache', 'cdk-trading-platform', `${PACKAGE}-${VERSION}`);
  const program = join(folder, 'bin', PACKAGE);
  if (existsSync(program)) return program;
  mkdirSync(join(folder, '..'), { recursive: true });
  const attempt = (what: string, command: string, args: readonly string[]): void => {
    try {
      execFileSync(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      const { stderr, message } = error as { stderr?: Buffer; message: string };
      throw new Missing(`${what}:\n${(stderr?.toString().trim() || message).split('\n').slice(-5).join('\n')}`);
    }
  };
  await step('making a virtual environment of Python', () => {
    attempt('Python 3.10 or later with its module venv is missing (Debian: apt install python3 python3-venv)', 'python3', ['-m', 'venv', folder]);
  });
  await step(`installing ${PACKAGE} ${VERSION} from PyPI`, () => {
    attempt(`pip could not install ${PACKAGE} ${VERSION}; it needs PyPI or a mirror of it`, join(folder, 'bin', 'pip'),
      ['install', '--quiet', '--disable-pip-version-check', `${PACKAGE}==${VERSION}`]);
  });
  return program;
}
