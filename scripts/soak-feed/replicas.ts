import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the streamer the way it is deployed. */
export async function bundleStreamer(folder: string): Promise<string> {
  const outfile = join(folder, 'streamer.js');
  await build({
    entryPoints: [join(__dirname, '../../services/streamer/main.ts')], outfile, bundle: true, platform: 'node', target: 'node22', format: 'cjs',
    mainFields: ['main', 'module'], keepNames: true, tsconfigRaw: { compilerOptions: { target: 'es2022', useDefineForClassFields: false } }, logLevel: 'error',
  });
  return outfile;
}

interface Memory { readonly at: number; readonly heapMiB: number; readonly rssMiB: number }

/** Early and late in a life. */
export interface Growth { readonly heapMiB: readonly [number, number]; readonly rssMiB: readonly [number, number] }

/** One process of the streamer. */
export class Replica {
  readonly child: ChildProcess;
  readonly started = Date.now();
  /** What lives on the heap after a collection, and all memory of the process, by the milliseconds of its life. */
  readonly memory: Memory[] = [];
  readonly errors: string[] = [];

  constructor(readonly exchange: string, program: string, environment: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, ['--expose-gc', '--import', join(__dirname, 'heap-probe.mjs'), program], {
      env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.on('message', (heapBytes: number) => this.memory.push({ at: Date.now() - this.started, heapMiB: heapBytes / 2 ** 20, rssMiB: this.rss() }));
    const note = (data: Buffer): void => {
      for (const line of data.toString().split('\n')) if (/"level":"error"/.test(line) || (line !== '' && !line.startsWith('{'))) this.errors.push(line.slice(0, 300));
    };
    this.child.stdout!.on('data', note);
    this.child.stderr!.on('data', note);
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Asks how much memory it has. */
  sample(): void {
    if (this.child.connected) this.child.send('heap', () => undefined);
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (!this.alive) return this.child.exitCode;
    const ended = new Promise<number | null>((resolve) => { this.child.once('exit', resolve); });
    this.child.kill(signal);
    return ended;
  }

  /** Memory at a third of its life and in its last tenth; undefined for a life that was too short to tell. */
  growth(): Growth | undefined {
    const life = this.memory.at(-1)?.at ?? 0;
    if (life < 60_000) return undefined;
    const middle = (from: number, to: number, what: 'heapMiB' | 'rssMiB'): number => {
      const part = this.memory.filter(({ at }) => at >= from * life && at <= to * life).map((one) => one[what]).sort((a, b) => a - b);
      return Math.round(part[part.length >> 1]);
    };
    return { heapMiB: [middle(0.25, 0.45, 'heapMiB'), middle(0.85, 1, 'heapMiB')], rssMiB: [middle(0.25, 0.45, 'rssMiB'), middle(0.85, 1, 'rssMiB')] };
  }

  private rss(): number {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))?.[1]) / 1_024;
    } catch {
      // Ended, or a system without /proc.
      return NaN;
    }
  }
}
