import { Listr, ListrLogger, ListrLogLevels, type ListrTask, PRESET_TIMER } from 'listr2';
import type { Resource } from '../assembly/model';
import type { Provided } from '../providers/provider';

type Outcome = { readonly provided: Provided } | 'failed' | 'not started';

/** Lines for what is done: everything begins at once, and what never began is nobody's news. */
class OutcomesOnly extends ListrLogger<ListrLogLevels> {
  override log(...[level, ...rest]: Parameters<ListrLogger<ListrLogLevels>['log']>): void {
    if (level !== ListrLogLevels.STARTED && level !== ListrLogLevels.SKIPPED) super.log(level, ...rest);
  }
}

/** Shows what becomes of each resource: a live list on a terminal, one line each otherwise, nothing when silent. */
export class Progress {
  private readonly settle = new Map<string, (outcome: Outcome) => void>();
  private shown: Promise<unknown> = Promise.resolve();

  constructor(private readonly silent: boolean) {}

  /** Begins to show the resources that are about to come up. */
  plan(resources: readonly Resource[]): void {
    const tasks = resources.map((resource): ListrTask => {
      const outcome = new Promise<Outcome>((resolve) => this.settle.set(resource.path, resolve));
      return {
        title: title(resource),
        task: async (_, task) => {
          const result = await outcome;
          if (result === 'failed') throw new Error('see below');
          if (result === 'not started') return task.skip();
          if (result.provided.note) task.title = `${title(resource)} → ${result.provided.note}`;
        },
      };
    });
    const common = { concurrent: true, exitOnError: false } as const;
    const list = this.silent
      ? new Listr(tasks, { ...common, renderer: 'silent' })
      : process.stdout.isTTY
        ? new Listr(tasks, { ...common, rendererOptions: { timer: PRESET_TIMER, collapseSkips: false } })
        : new Listr(tasks, { ...common, renderer: 'simple', rendererOptions: { timer: PRESET_TIMER, logger: new OutcomesOnly({ useIcons: true }) } });
    this.shown = list.run();
  }

  ready(resource: Resource, provided: Provided): void {
    this.settle.get(resource.path)?.({ provided });
  }

  failed(resource: Resource): void {
    this.settle.get(resource.path)?.('failed');
  }

  /** What is not ready by now never will be. Resolves when the last line is shown. */
  async end(): Promise<void> {
    for (const settle of this.settle.values()) settle('not started');
    await this.shown.catch(() => undefined);
  }
}

function title(resource: Resource): string {
  return `${resource.type.replace(/^AWS::/, '').replace('::', ' ')} ${resource.path}`;
}
