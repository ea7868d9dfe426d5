import { Schedule } from './schedule';

interface Entry { readonly run: () => Promise<void>; readonly schedule?: Schedule }

/** What runs at set times, by the path of its resource. It can be run at once as well: nobody waits for midnight. */
export class Schedules {
  private readonly entries = new Map<string, Entry>();

  add(path: string, expression: string, zone: string, enabled: boolean, run: () => Promise<void>): void {
    this.entries.set(path, { run, schedule: enabled ? new Schedule(expression, zone, run) : undefined });
  }

  names(): string[] {
    return [...this.entries.keys()];
  }

  /** Runs what a schedule runs, now. @returns false when there is no such schedule */
  async run(path: string): Promise<boolean> {
    const entry = this.entries.get(path);
    await entry?.run();
    return entry !== undefined;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.entries.values()].map(({ schedule }) => schedule?.stop()));
  }
}
