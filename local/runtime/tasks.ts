import { get } from 'node:http';
import type { TargetGroup } from './load-balancer';
import { projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { type ChildHandle, describeExit, launch } from '../servers/process';

/** What one task is started with. */
export interface TaskSpec {
  /** Name of the service whose code it runs. */
  readonly service: string;
  /** Unique in the platform, for example `reference-matcher-2`. */
  readonly name: string;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  /** Port that it listens on, the same after a restart. */
  readonly port: number;
  readonly healthPath: string;
  readonly stopTimeoutMs: number;
  readonly logFile: string;
  /** Target groups that it is registered in while it runs. */
  readonly groups: readonly TargetGroup[];
  readonly report: (sentence: string) => void;
}

/** Crashes before the first good answer that make a start a failure. */
const START_ATTEMPTS = 3;
const HEALTH_INTERVAL_MS = 100;
const START_TIMEOUT_MS = 90_000;
const LONGEST_PAUSE_MS = 30_000;

/** One task of an ECS service: a process that is replaced when it ends by itself. */
export class Task {
  private child?: ChildHandle;
  private stopped = false;
  private pause?: NodeJS.Timeout;
  /** Process that somebody here sent a signal to. */
  private asked?: ChildHandle;
  /** Times that the process ended by itself since it was last well for a minute. */
  private failures = 0;
  /** Processes that ended by themselves so far. */
  restarts = 0;

  constructor(readonly spec: TaskSpec) {}

  /** Process that runs now. */
  get pid(): number | undefined {
    return this.child && !this.child.ended() ? this.child.pid : undefined;
  }

  /**
   * Starts the process and waits until it is healthy.
   *
   * @throws LocalError when it ends again and again, or is not healthy in time; the message has its last lines
   */
  async start(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    if (this.stopped) throw new LocalError(`${this.spec.name} was stopped before it started.`);
    this.launch();
    while (!await this.healthy()) {
      const child = this.child as ChildHandle;
      if (this.stopped) throw new LocalError(`${this.spec.name} was stopped while it started.`);
      if (this.failures >= START_ATTEMPTS) {
        await this.stop();
        throw new LocalError(`${this.spec.name} ended ${this.failures} times while it started (${describeExit(await child.exited)}); its last lines:\n${child.lastLines(10)}`);
      }
      if (Date.now() > deadline) {
        await this.stop();
        throw new LocalError(`${this.spec.name} did not become healthy within ${START_TIMEOUT_MS / 1_000} s; its last lines:\n${child.lastLines(10)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, HEALTH_INTERVAL_MS));
    }
  }

  /** Whether its health path answers with 200 now. */
  healthy(): Promise<boolean> {
    const { port, healthPath: path } = this.spec;
    if (this.pid === undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      const request = get({ host: '127.0.0.1', port, path, timeout: 2_000, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      });
      request.once('timeout', () => request.destroy(new Error('timeout')));
      request.once('error', () => resolve(false));
    });
  }

  /** Ends the process as a crash would; it is started again, at once: the crash is not its fault. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.asked = this.child;
    this.child?.signal(signal);
  }

  /** As ECS does: out of the target groups, then asked to end, then killed. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.pause);
    this.deregister();
    await this.child?.stop();
  }

  private launch(): void {
    const { spec } = this;
    const child = launch({
      name: spec.name,
      command: projectNode(),
      args: ['main.js'],
      cwd: spec.folder,
      env: spec.env,
      logFile: spec.logFile,
      stopTimeoutMs: spec.stopTimeoutMs,
    });
    this.child = child;
    const launched = Date.now();
    for (const group of spec.groups) group.register({ id: this.targetId(child), port: spec.port });
    void child.exited.then((exit) => {
      this.deregister();
      if (this.stopped) return;
      this.restarts++;
      const asked = child === this.asked;
      if (!asked) this.failures = Date.now() - launched > 60_000 ? 1 : this.failures + 1;
      spec.report(`${spec.name} (process ${child.pid}) ended by itself: ${describeExit(exit)}; its last lines:\n${child.lastLines(5)}`);
      // The first replacement comes at once; one that fails again and again is given more and more time.
      this.pause = setTimeout(() => this.launch(), asked || this.failures <= 1 ? 0 : Math.min(250 * 2 ** this.failures, LONGEST_PAUSE_MS));
    });
  }

  private deregister(): void {
    if (this.child) for (const group of this.spec.groups) group.deregister(this.targetId(this.child));
  }

  // A new process is a new target: the cookie of the old one leads nowhere.
  private targetId(child: ChildHandle): string {
    return `${this.spec.name}-${child.pid}`;
  }
}

/** The tasks of a platform. */
export class Tasks {
  private readonly tasks: Task[] = [];

  add(task: Task): void {
    this.tasks.push(task);
  }

  all(): readonly Task[] {
    return this.tasks;
  }

  /** The next free name for a task of a service: `streamer`, or `streamer-2` for the second one. */
  nameFor(service: string): string {
    const count = this.reserved.get(service) ?? 0;
    this.reserved.set(service, count + 1);
    return count === 0 ? service : `${service}-${count + 1}`;
  }

  private readonly reserved = new Map<string, number>();
}
