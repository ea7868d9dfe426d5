import { setTimeout as sleep } from 'node:timers/promises';
import type { JobQueue, TakenJob } from '../../adapters/jobs/job-queue';
import type { Logger } from '../../runtime';

/** What a job is run with. */
export interface JobContext {
  /**
   * Aborted when the worker stops (`stopping`: tidy up, you have seconds) or when the job may be somebody else's by now (`lost`: touch
   * nothing but what is your own).
   */
  readonly signal: AbortSignal;
  /** To be called whenever the job has done something useful: it then counts as working. */
  works(): void;
}

/** Runs one job. Resolves when it is finished for good, or stopped; rejects when it failed and is to be tried again. */
export type JobHandler = (body: string, context: JobContext, job: TakenJob) => Promise<void>;

export type StopReason = 'stopping' | 'lost';

export interface WorkerOptions {
  readonly queue: JobQueue;
  readonly handler: JobHandler;
  /** Name of this worker, unique among all. */
  readonly name: string;
  /** Jobs that it has at a time, at most. */
  readonly concurrency: number;
  readonly visibilityMs: number;
  readonly logger: Logger;
  /** Milliseconds between two looks for work; default 500. */
  readonly pollMs?: number;
  /** Milliseconds until a job that failed is tried again, times the number of failures; default 1,000. */
  readonly retryMs?: number;
}

interface Running {
  readonly job: TakenJob;
  readonly control: AbortController;
  readonly done: Promise<void>;
}

/** Takes jobs and keeps them for as long as they run. */
export class Worker {
  private readonly running = new Map<string, Running>();
  private readonly stopped = new AbortController();
  private loop: Promise<void> | undefined;
  private taken = 0;
  private problem: string | undefined;

  constructor(private readonly options: WorkerOptions) {}

  start(): void {
    this.loop ??= this.poll();
  }

  /** Tells every job to stop, waits for them and gives them back: another worker has them within a second. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.loop;
    const all = [...this.running.values()];
    for (const { control } of all) control.abort('stopping' satisfies StopReason);
    await Promise.all(all.map(({ done }) => done));
  }

  state(): { readonly jobs: readonly string[]; readonly problem?: string } {
    return { jobs: [...this.running.values()].map(({ job }) => job.id), problem: this.problem };
  }

  private async poll(): Promise<void> {
    const { queue, concurrency, name, pollMs = 500, logger } = this.options;
    while (!this.stopped.signal.aborted) {
      let job: TakenJob | undefined;
      try {
        if (this.running.size < concurrency) job = await queue.take(`${name}/${++this.taken}`);
        this.problem = undefined;
      } catch (error) {
        if (this.problem === undefined) logger.warn({ reason: (error as Error).message }, 'the job queue cannot be reached');
        this.problem = (error as Error).message;
      }
      if (job !== undefined) this.begin(job);
      // One at a time, with a pause: workers that start together share the jobs. A short one while there are more.
      const pause = (job === undefined ? pollMs : pollMs / 10) * (0.5 + Math.random());
      await sleep(pause, undefined, { signal: this.stopped.signal }).catch(() => undefined);
    }
  }

  private begin(job: TakenJob): void {
    const control = new AbortController();
    this.options.logger.info({ job: job.id, deliveries: job.deliveries }, 'job taken');
    this.running.set(job.owner, { job, control, done: this.run(job, control).finally(() => this.running.delete(job.owner)) });
  }

  private async run(job: TakenJob, control: AbortController): Promise<void> {
    const { queue, handler, logger, retryMs = 1_000 } = this.options;
    const ended = new AbortController();
    let works = false;
    const kept = this.keep(job, control, ended.signal, () => works);
    try {
      await handler(job.body, { signal: control.signal, works: () => { works = true; } }, job);
      if (control.signal.reason === 'lost') return;
      await (control.signal.aborted ? queue.release(job) : queue.finish(job));
      logger.info({ job: job.id }, control.signal.aborted ? 'job given back' : 'job finished');
    } catch (error) {
      logger.error({ err: error, job: job.id, deliveries: job.deliveries }, 'job failed');
      // Unless even this fails: then it comes back by itself when its time is up.
      await queue.release(job, retryMs * job.deliveries).catch(() => undefined);
    } finally {
      ended.abort();
      await kept;
    }
  }

  /** Extends a job until it ends, and stops it while nobody else can have it yet. */
  private async keep(job: TakenJob, control: AbortController, ended: AbortSignal, works: () => boolean): Promise<void> {
    const { queue, visibilityMs, logger } = this.options;
    let until = Date.now() + visibilityMs;
    while (!ended.aborted) {
      await sleep(visibilityMs / 4, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      const asked = Date.now();
      const answer = await queue.extend(job, works()).catch(() => undefined);
      if (answer === true) until = asked + visibilityMs;
      const isLost = answer === false || Date.now() > until - visibilityMs / 4;
      if (isLost && !control.signal.aborted) {
        logger.warn({ job: job.id }, answer === false ? 'the job is somebody else\'s now' : 'the job may be somebody else\'s: the queue does not answer');
        control.abort('lost' satisfies StopReason);
      }
    }
  }
}
