import { readFileSync } from 'node:fs';

/** A process that cannot be mistaken for a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's words; empty where the system does not say. */
  readonly started: string;
}

/** Who has the process id now. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, started: startOf(pid) };
}

/** Whether the very process is still there and not just waiting to be reaped. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return stateOf(identity.pid) !== 'Z' && startOf(identity.pid) === identity.started;
}

// The command may hold spaces and brackets; what follows the last bracket is plain fields, the state first.
function fields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function stateOf(pid: number): string | undefined {
  return fields(pid)[0];
}

function startOf(pid: number): string {
  return fields(pid)[19] ?? '';
}
