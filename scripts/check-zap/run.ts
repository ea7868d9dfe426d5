import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentFor } from './document';
import { assess, ignoredRules, type ZapReport } from './report';
import type { Answer } from '../lib/answer';
import { root } from '../lib/processes';

/** How to start the scan: the program itself, or its image. */
export type Zap = { readonly program: string } | { readonly docker: string; readonly image: string };

export interface ZapRun {
  readonly zap: Zap;
  readonly url: string;
  /** Access token that the scan has; it sees less without one. */
  readonly token: string | undefined;
  /** Folder for the report. */
  readonly out: string;
  /** Longest time for the active scan, in minutes. */
  readonly minutes: number;
  readonly environment: NodeJS.ProcessEnv;
}

const IMAGE = 'ghcr.io/zaproxy/zaproxy:stable';

/** `zap-api-scan.py` that ZAP names or that is on the PATH, or else a Docker that answers. */
export function findZap(environment: NodeJS.ProcessEnv): Zap | undefined {
  const answers = (program: string, ...args: string[]): boolean => spawnSync(program, args, { env: environment, stdio: 'ignore', timeout: 15_000 }).status === 0;
  const program = environment.ZAP ?? 'zap-api-scan.py';
  if (answers(program, '-h')) return { program };
  if (environment.ZAP !== undefined) return undefined;
  // The client alone is of no use.
  return answers('docker', 'info') ? { docker: 'docker', image: environment.ZAP_IMAGE ?? IMAGE } : undefined;
}

/** Scans, and judges what the report says. */
export async function runZap({ zap, url, token, out, minutes, environment }: ZapRun): Promise<Answer & { readonly skipped: false }> {
  const rules = readFileSync(join(root, 'scripts/check-zap/rules.tsv'), 'utf8');
  mkdirSync(out, { recursive: true });
  // The scan runs as another user inside its image.
  if ('docker' in zap) chmodSync(out, 0o777);
  const document = JSON.parse(readFileSync(join(root, 'docs/api/openapi.json'), 'utf8')) as Parameters<typeof documentFor>[0];
  writeFileSync(join(out, 'openapi.json'), JSON.stringify(documentFor(document, url)));
  // One of an earlier scan must not be taken for this one's.
  const report = join(out, 'report.json');
  rmSync(report, { force: true });
  // Names without a folder: it looks where it works, in its image too. -T is for its start; -I, since the report is judged here.
  const scan = [
    '-t', 'openapi.json', '-f', 'openapi', '-J', 'report.json', '-r', 'report.html', '-T', '10', '-I', '-z', `-config scanner.maxScanDurationInMins=${minutes}`,
  ];
  const inImage = ['--rm', '--network', 'host', '-v', `${out}:/zap/wrk:rw`, '-e', 'ZAP_AUTH_HEADER_VALUE', '-e', 'ZAP_AUTH_HEADER_SITE'];
  const [program, args] = 'docker' in zap ? [zap.docker, ['run', ...inImage, zap.image, 'zap-api-scan.py', ...scan]] : [zap.program, scan];
  // In the environment, where other users of the machine do not see it; and for this host alone.
  const signedIn = token === undefined ? {} : { ZAP_AUTH_HEADER_VALUE: `Bearer ${token}`, ZAP_AUTH_HEADER_SITE: new URL(url).hostname };
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, { cwd: out, stdio: ['ignore', 2, 2], env: { ...environment, ...signedIn }, timeout: (minutes + 30) * 60_000 });
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 3));
  });
  let found: ZapReport;
  try {
    found = JSON.parse(readFileSync(report, 'utf8')) as ZapReport;
  } catch {
    throw new Error(`ZAP ended with ${code} and left no report; its own words are above`);
  }
  // 0 to 2 are its opinion of what it found; 3 says that it did not come to an end.
  if (code > 2) throw new Error(`ZAP ended with ${code}; what is in ${report} is not all`);
  if (found.site.length === 0) throw new Error(`ZAP reached nothing at ${url}, so it has nothing to say of it`);
  return { skipped: false, url, report, ...assess(found, ignoredRules(rules)) };
}
