import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { PROJECT_ROOT, projectNode } from '../servers/environment';
import { LocalError } from '../servers/errors';
import { type ChildHandle, describeExit, launch, untilReady } from '../servers/process';

/** What a function is started with. */
export interface FunctionSpec {
  /** Name of the service that its code belongs to. */
  readonly service: string;
  /** Physical name. */
  readonly name: string;
  readonly arn: string;
  readonly folder: string;
  /** `file.export` */
  readonly handler: string;
  /** The whole environment of the process. */
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly logFile: string;
  readonly report: (sentence: string) => void;
}

/** What an invocation came to: a value, or the error that the caller of Lambda sees. */
export type InvocationResult = { readonly value: unknown } | { readonly error: InvocationError };

/** An error in Lambda's words. */
export interface InvocationError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

/** A function with one process that runs its code; like one execution environment of Lambda it takes one invocation at a time. */
export class LocalFunction {
  private host?: ChildHandle;
  private starting?: Promise<ChildHandle>;
  private readonly waiting = new Map<string, (result: InvocationResult) => void>();
  private last: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private timedOut?: ChildHandle;
  /** Processes that ended by themselves so far. */
  restarts = 0;

  constructor(readonly spec: FunctionSpec) {}

  /** Process that runs the code now. */
  get pid(): number | undefined {
    return this.host?.ended() ? undefined : this.host?.pid;
  }

  /** Starts the process if there is none. @throws LocalError when the code does not load */
  start(): Promise<ChildHandle> {
    if (!this.starting && this.host && !this.host.ended()) return Promise.resolve(this.host);
    this.starting ??= this.launch().finally(() => { this.starting = undefined; });
    return this.starting;
  }

  /** Runs the function on an event, after the invocations before it. Never rejects. */
  invoke(event: unknown): Promise<InvocationResult> {
    const result = this.last.then(() => this.run(event));
    this.last = result;
    return result;
  }

  /** Kills the process as a crash would; the next invocation has a new one. */
  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.host?.signal(signal);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.host?.stop();
  }

  private async launch(): Promise<ChildHandle> {
    const { spec } = this;
    if (this.stopped) throw new LocalError(`${spec.service} was stopped.`);
    const host = launch({
      name: spec.service,
      command: projectNode(),
      args: ['--disable-warning=ExperimentalWarning', join(PROJECT_ROOT, 'local', 'servers', 'emulators', 'function-host.mts'), spec.folder, spec.handler],
      cwd: spec.folder,
      env: spec.env,
      logFile: spec.logFile,
      channel: true,
    });
    this.host = host;
    let ready = false;
    host.channel?.onMessage((message) => {
      const answer = message as { ready?: true; id?: string; result?: unknown; error?: InvocationError };
      if (answer.ready) ready = true;
      if (answer.id === undefined) return;
      this.settle(answer.id, answer.error ? { error: answer.error } : { value: answer.result });
    });
    await untilReady(host, async () => ready);
    void host.exited.then((exit) => {
      if (this.stopped) return;
      this.restarts++;
      const error = { errorType: 'Runtime.ExitError', errorMessage: `the process ended (${describeExit(exit)})` };
      for (const id of [...this.waiting.keys()]) this.settle(id, { error });
      const what = this.timedOut === host ? `took longer than its ${spec.timeoutSeconds} s and was replaced` : `ended by itself: ${describeExit(exit)}`;
      spec.report(`${spec.service} (process ${host.pid}) ${what}; its last lines:\n${host.lastLines(5)}`);
      this.start().catch((failure: Error) => spec.report(failure.message));
    });
    return host;
  }

  private settle(id: string, result: InvocationResult): void {
    this.waiting.get(id)?.(result);
    this.waiting.delete(id);
  }

  private async run(event: unknown): Promise<InvocationResult> {
    if (this.stopped) return { error: { errorType: 'Runtime.Unavailable', errorMessage: 'the platform stops' } };
    let host: ChildHandle;
    try {
      host = await this.start();
    } catch (error) {
      return { error: { errorType: 'Runtime.ExitError', errorMessage: (error as Error).message } };
    }
    const { spec } = this;
    const id = randomUUID();
    const limit = spec.timeoutSeconds * 1_000;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        // Lambda throws the environment away: whatever the code is still doing must not go on, nor take the next invocation.
        this.waiting.delete(id);
        this.timedOut = host;
        host.signal('SIGKILL');
        const error = { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${spec.timeoutSeconds.toFixed(2)} seconds` };
        void host.exited.then(() => resolve({ error }));
      }, limit);
      this.waiting.set(id, (result) => {
        clearTimeout(timer);
        resolve(result);
      });
      host.channel?.send({ id, event, deadline: Date.now() + limit, functionName: spec.name, arn: spec.arn, memoryMiB: spec.memoryMiB });
      if (host.ended()) this.settle(id, { error: { errorType: 'Runtime.ExitError', errorMessage: 'the process ended' } });
    });
  }
}

/** The functions of a platform by name or ARN. */
export class FunctionRegistry {
  private readonly functions = new Map<string, LocalFunction>();

  add(one: LocalFunction): void {
    this.functions.set(one.spec.name, one);
  }

  all(): LocalFunction[] {
    return [...this.functions.values()];
  }

  /** @param id name, name:qualifier, or ARN with or without a qualifier */
  get(id: string): LocalFunction | undefined {
    const name = id.startsWith('arn:') ? id.split(':')[6] : id.split(':')[0];
    return this.functions.get(name);
  }
}
