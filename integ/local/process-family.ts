import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that descend from it, parents first. PostgreSQL's processes each have a group of their own, so a group is not enough. */
export function familyOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const one of readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)) {
    const parent = parentOf(one);
    if (parent !== undefined) children.set(parent, [...children.get(parent) ?? [], one]);
  }
  const family = [pid];
  for (let i = 0; i < family.length; i++) family.push(...children.get(family[i]) ?? []);
  return family;
}

/** Undefined when the process has ended meanwhile. */
function parentOf(pid: number): number | undefined {
  try {
    // The name of the program, in brackets, can hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

/** Signals a process that may have ended meanwhile. */
export function signal(pid: number, which: NodeJS.Signals): void {
  try {
    process.kill(pid, which);
  } catch { /* Gone, and replaced where it belongs to something. */ }
}
