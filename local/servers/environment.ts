import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Root of the project's checkout. */
export const PROJECT_ROOT = join(__dirname, '..', '..');

/** The Node that children run on: the project's own, or the current one when that is young enough. */
export function projectNode(): string {
  const own = join(PROJECT_ROOT, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(own) ? own : process.execPath;
}

/** Names that would reach past the local platform, or change how a child starts, when they were inherited. */
const UNWANTED = [
  /^AWS_/i, /^(https?|all|no|ftp)_proxy$/i, /^NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|V8_COVERAGE)$/, /^PG[A-Z]+$/, /^npm_/i, /^JEST_/, /^TSX_/,
];

/** The machine's environment without what must not reach a child, and with what is given. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !UNWANTED.some((pattern) => pattern.test(name)));
  return { ...Object.fromEntries(inherited), ...extra };
}
