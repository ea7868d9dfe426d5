import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { request as secureRequest } from 'node:https';
import { join } from 'node:path';
import { childEnvironment, projectNode } from './environment';
import { DataFolderError, LocalError } from './errors';
import { freePort, releasePort } from './ports';
import { type ChildHandle, launch, untilReady } from './process';

/** A running server that stands for an AWS service. */
export interface EmulatorServer {
  readonly host: string;
  readonly port: number;
  /** Value for AWS_ENDPOINT_URL_*. */
  readonly url: string;
  readonly child: ChildHandle;
  stop(): Promise<void>;
}

/** Region and account of everything local. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_ACCOUNT = '000000000000';

/** What an emulator is started with. */
export interface EmulatorOptions {
  /** Folder that keeps its data; made when missing. */
  readonly dataDir: string;
  /** Default: a free one. */
  readonly port?: number;
}

interface EmulatorSpec {
  readonly name: string;
  /** File in `emulators/`. */
  readonly script: string;
  readonly args: (port: number) => string[];
  readonly cwd?: string;
  readonly dataDir: string;
  readonly port?: number;
  readonly env?: Record<string, string>;
  /** Authority's certificate when the emulator speaks TLS. */
  readonly ca?: string;
  /** Output of an emulator whose data is damaged. */
  readonly corrupt: RegExp;
}

/** Starts one of the scripts in `emulators/` on the project's Node and waits until it answers. */
export async function startEmulator(spec: EmulatorSpec): Promise<EmulatorServer> {
  mkdirSync(spec.dataDir, { recursive: true, mode: 0o700 });
  const port = spec.port ?? await freePort();
  const child = launch({
    name: spec.name,
    command: projectNode(),
    args: ['--disable-warning=ExperimentalWarning', join(__dirname, 'emulators', spec.script), ...spec.args(port)],
    cwd: spec.cwd ?? spec.dataDir,
    env: childEnvironment({ AWS_REGION: LOCAL_REGION, AWS_ACCOUNT_ID: LOCAL_ACCOUNT, ...spec.env }),
    logFile: join(spec.dataDir, 'server.log'),
  });
  try {
    await untilReady(child, () => responds(port, spec.ca));
  } catch (error) {
    releasePort(port);
    const words = child.lastLines(40).split('\n').filter((line) => spec.corrupt.test(line)).at(-1);
    if (error instanceof LocalError && words) throw new DataFolderError(spec.name, spec.dataDir, words.replace(/\s+/g, ' ').replace(/^.*(Error|LEVEL_OPEN):? /, ''));
    throw error;
  }
  // An address for plain HTTP: the SDK's S3 client then uses paths, not host names that nobody resolves. A name for TLS, as in AWS.
  const host = spec.ca ? 'localhost' : '127.0.0.1';
  return {
    host,
    port,
    url: `${spec.ca ? 'https' : 'http'}://${host}:${port}`,
    child,
    stop: async () => {
      await child.stop();
      releasePort(port);
    },
  };
}

/** Whether an HTTP answer of any status comes back. */
function responds(port: number, ca?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: 'localhost', port, path: '/health', method: 'GET', agent: false, timeout: 2_000, family: 4 } as const;
    const req = ca ? secureRequest({ ...options, ca }) : request({ ...options, host: '127.0.0.1' });
    req.once('response', (response) => {
      response.resume();
      resolve(true);
    });
    req.once('timeout', () => req.destroy());
    req.once('error', () => resolve(false));
    req.end();
  });
}
