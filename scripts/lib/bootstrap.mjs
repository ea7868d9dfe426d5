// What every entry point does before anything is known to be installed. Only Node's own modules, and nothing that Node 20 lacks.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const modules = join(root, 'node_modules');
const ownNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Says one sentence and ends. */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Whether `npm ci` has to run: nothing is installed, or the lock file changed since. */
export function installationIsStale(folder = root) {
  const installed = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return true;
  return statSync(join(folder, 'package-lock.json')).mtimeMs > statSync(installed).mtimeMs;
}

/**
 * Installs the packages when they are missing or older than the lock file.
 *
 * @param {{ quiet?: boolean }} [options] quiet: standard output stays free for a program's own answer
 */
export function prepareProject({ quiet = false } = {}) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) fail(`Node ${process.versions.node} is too old to set the project up; use Node 20 or later.`);
  if (installationIsStale()) {
    // npm would empty the folder behind the link, which belongs to another checkout.
    if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) {
      fail('node_modules is a link to another folder and older than package-lock.json; install there, or remove the link.');
    }
    install(quiet);
  }
  if (!existsSync(ownNode)) {
    fail(`The project's own Node is missing (${ownNode}); it comes with an install script, so run npm ci without --ignore-scripts.`);
  }
}

function install(quiet) {
  // A second entry point that starts meanwhile waits here and then finds everything installed.
  const lock = join(root, '.npm-ci.lock');
  while (!tryLock(lock)) sleep(500);
  let problem;
  try {
    if (!installationIsStale()) return;
    console.error('Installing packages (npm ci) …');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', quiet ? 2 : 'inherit', 'inherit'] });
    if (error || status !== 0) problem = `npm ci failed (${error ? error.message : `exit code ${status}`}); its own words are above.`;
  } finally {
    rmSync(lock, { force: true });
  }
  if (problem) fail(problem);
}

function tryLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!ownerIsAlive(lock)) rmSync(lock, { force: true });
    return false;
  }
}

/** Whether the process that holds a lock is still there; one that was killed leaves its lock behind. */
function ownerIsAlive(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Being written right now.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/**
 * Runs one of the project's TypeScript programs under the project's own Node.
 *
 * @param {string} program path below the project's root
 * @param {string[]} args
 * @returns {Promise<number>} exit code; 128 + signal number when a signal ended it
 */
export function runUnderOwnNode(program, args) {
  const env = { ...process.env, PATH: [dirname(ownNode), join(modules, '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':') };
  const child = spawn(ownNode, ['--import', 'tsx', join(root, program), ...args], { cwd: root, env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // The channel carries nothing: its end tells the program that this process is gone, however it went.
  child.channel?.unref();
  // A terminal sends Ctrl-C to the child as well; somebody who ends this process by its id does not.
  const forward = (signal) => { if (!process.stdin.isTTY || signal !== 'SIGINT') child.kill(signal); };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${ownNode} could not be started: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code, signal) => {
      for (const one of signals) process.off(one, forward);
      resolve(code ?? 128 + (constants.signals[signal] ?? 1));
    });
  });
}
