import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';

/** How much of one core a process used, in percent. */
export interface CpuShare {
  readonly name: string;
  readonly percent: number;
}

interface Sample {
  readonly at: number;
  /** Clock ticks by process id. */
  readonly ticks: ReadonlyMap<number, { readonly name: string; readonly ticks: number }>;
  /** Clock ticks of the whole machine that were not idle. */
  readonly busy: number;
}

/** Clock ticks per second, the same on every Linux that Node runs on. */
const HERTZ = 100;

/**
 * Watches what this process and all that descend from it spend on the processors, to say what a benchmark's limit was. Knows
 * nothing where there is no /proc.
 */
export class CpuWatch {
  private start: Sample | undefined;

  /** @param names names of processes that are known, by their id */
  constructor(private readonly names: () => ReadonlyMap<number, string>) {}

  begin(): void {
    this.start = sample();
  }

  /** Shares since `begin`, the largest first, and what the rest of the machine used. Empty where nothing is known. */
  end(): { readonly shares: readonly CpuShare[]; readonly others: number } {
    const now = sample();
    if (!this.start || !now) return { shares: [], others: 0 };
    const seconds = (now.at - this.start.at) / 1_000;
    const names = this.names();
    const percent = (ticks: number): number => (100 * ticks) / HERTZ / seconds;
    const byName = new Map<string, number>();
    let own = 0;
    for (const [pid, { name, ticks }] of now.ticks) {
      const used = ticks - (this.start.ticks.get(pid)?.ticks ?? 0);
      own += used;
      const known = names.get(pid) ?? name;
      byName.set(known, (byName.get(known) ?? 0) + percent(used));
    }
    const shares = [...byName].map(([name, share]) => ({ name, percent: share })).filter((share) => share.percent >= 0.5);
    return { shares: shares.sort((a, b) => b.percent - a.percent), others: Math.max(0, percent(now.busy - this.start.busy - own)) };
  }
}

function sample(): Sample | undefined {
  try {
    const processes = new Map<number, { parent: number; ticks: number }>();
    for (const entry of readdirSync('/proc')) {
      if (!/^\d+$/.test(entry)) continue;
      const fields = statOf(entry);
      // State, parent, …, user and system time as the 12th and 13th field behind the command.
      if (fields) processes.set(Number(entry), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
    }
    const isOurs = (pid: number): boolean => pid === process.pid || (pid > 1 && isOurs(processes.get(pid)?.parent ?? 0));
    const ours = [...processes].filter(([pid]) => isOurs(pid)).map(([pid, { ticks }]) => [pid, { name: nameOf(pid), ticks }] as const);
    const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).map(Number);
    return { at: performance.now(), ticks: new Map(ours), busy: user + nice + system + irq + softirq };
  } catch {
    return undefined;
  }
}

function statOf(pid: string): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    // Ended in the meantime.
    return undefined;
  }
}

/** The program's file: of Node the script that it runs. */
function nameOf(pid: number): string {
  if (pid === process.pid) return 'runner';
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const script = /node$/.test(words[0]) ? words.slice(1).find((word, i, all) => !word.startsWith('-') && all[i - 1] !== '--import') : undefined;
    return basename(script ?? words[0].split(':')[0]).replace(/\.[cm]?[jt]s$/, '');
  } catch {
    return 'ended';
  }
}
