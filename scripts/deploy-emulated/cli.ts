import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programOf, root } from '../lib/processes';

export interface CliResult {
  readonly ok: boolean;
  /** Whether it was ended because it took too long. */
  readonly late: boolean;
  readonly output: string;
}

/** The real CDK command line, on an assembly, against an endpoint. It sees no credentials but made-up ones. */
export class CdkCli {
  private readonly env: NodeJS.ProcessEnv;

  /** @param scratch folder for what it needs beside it */
  constructor(endpoint: string, scratch: string) {
    // Images are neither built nor pushed: there is no Docker. Everything up to the push and after it takes place.
    const docker = join(scratch, 'docker');
    writeFileSync(docker, '#!/bin/sh\ncat > /dev/null < /dev/null\nexit 0\n');
    chmodSync(docker, 0o755);
    this.env = {
      ...process.env,
      PATH: `${join(root, 'node_modules', '.bin')}:${join(root, 'node_modules', 'node', 'bin')}:${process.env.PATH ?? ''}`,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DOCKER: docker,
      CDK_VALIDATION: 'false',
    };
  }

  /** Runs a command to its end, or until its time is over. @param onLine told what it prints */
  run(args: readonly string[], onLine: (line: string) => void = () => undefined, limitMs = 900_000): Promise<CliResult> {
    const program = programOf('aws-cdk', 'bin/cdk');
    const child = spawn(process.execPath, [program, ...args, '--no-color', '--ci', '--no-notices', '--no-version-reporting'], {
      cwd: root, env: this.env, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = (): void => { child.kill('SIGTERM'); };
    process.once('exit', end);
    let output = '';
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, limitMs);
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        for (const line of chunk.toString().split('\n').filter((text) => text.trim() !== '')) onLine(line);
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(timer);
        process.removeListener('exit', end);
        resolve({ ok: code === 0, late, output });
      });
    });
  }
}
