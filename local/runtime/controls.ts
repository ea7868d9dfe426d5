import { Store } from './store';
import type { Platform } from '../platform';
import type { Context } from '../providers/provider';
import { LocalError } from '../servers/errors';

/** A process of the running platform. */
export interface PlatformProcess {
  readonly service: string;
  /** Unique: `reference-matcher` and `reference-matcher-2`. */
  readonly name: string;
  readonly pid: number | undefined;
  /** Undefined for a function. */
  readonly port?: number;
  /** Times that it ended by itself and was replaced. */
  readonly restarts: number;
}

/** The processes of services and functions, tasks first. */
export function processesOf(context: Context): PlatformProcess[] {
  return [
    ...context.tasks.all().map((task) => ({
      service: task.spec.service, name: task.spec.name, pid: task.pid, port: task.spec.port, restarts: task.restarts,
    })),
    ...context.functions.all().map((one) => ({ service: one.spec.service, name: one.spec.service, pid: one.pid, restarts: one.restarts })),
  ];
}

/** The parts of a running platform that work on its processes. */
export function controls(context: Context): Pick<Platform, 'processes' | 'kill' | 'killStore' | 'startStore' | 'untilHealthy' | 'invoke' | 'schedules' | 'runSchedule'> {
  const matching = (target: string | number): { kill(signal?: NodeJS.Signals): void }[] => (
    [...context.tasks.all(), ...context.functions.all()].filter(({ spec, pid }) => (
      typeof target === 'number' ? pid === target : spec.name === target || spec.service === target))
  );
  const store = (name: string): Store => {
    const stores = context.servers.filter((server) => server instanceof Store).filter(({ expendable }) => expendable);
    // `Redis` is enough while there is one.
    const found = stores.filter((one) => one.name === name || one.name.startsWith(`${name} (`));
    if (found.length !== 1) {
      throw new LocalError(`${found.length === 0 ? 'There is no store' : 'There are several stores'} ${name}; there are: ${stores.map((one) => one.name).join(', ') || 'none'}.`);
    }
    return found[0];
  };
  return {
    processes: () => processesOf(context),
    kill: (target, signal) => {
      const found = matching(target);
      for (const one of found) one.kill(signal);
      return found.length;
    },
    killStore: async (name) => store(name).kill(),
    startStore: async (name) => store(name).start(),
    untilHealthy: async (timeoutMs = 60_000) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const answers = await Promise.all(context.tasks.all().map(async (task) => ({ name: task.spec.name, well: await task.healthy() })));
        const ill = answers.filter((answer) => !answer.well).map((answer) => answer.name);
        if (ill.length === 0 && context.functions.all().every((one) => one.pid !== undefined)) return;
        if (Date.now() > deadline) throw new LocalError(`Not healthy within ${timeoutMs / 1_000} s: ${ill.join(', ') || 'a function has no process'}.`);
        await new Promise((done) => setTimeout(done, 100));
      }
    },
    schedules: () => context.schedules.names(),
    runSchedule: async (path) => {
      if (!await context.schedules.run(path)) throw new LocalError(`There is no schedule ${path}; there are: ${context.schedules.names().join(', ') || 'none'}.`);
    },
    invoke: async (name, event) => {
      const found = context.functions.get(name) ?? context.functions.all().find(({ spec }) => spec.service === name);
      if (!found) throw new LocalError(`There is no function ${name}.`);
      return found.invoke(event);
    },
  };
}
