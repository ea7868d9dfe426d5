import type { Redis } from 'ioredis';
import { ADD, EXTEND, FINISH, RELEASE, REVIVE, TAKE } from './scripts';

/** A job that a worker has, for as long as it says so again in time. */
export interface TakenJob {
  readonly id: string;
  /** As it was added. */
  readonly body: string;
  /** How often it was taken without working since, this time included. */
  readonly deliveries: number;
  /** Proves that it is this worker's; another one that takes the job later has another proof. */
  readonly owner: string;
}

export interface JobQueueOptions {
  readonly redis: Pick<Redis, 'eval' | 'hlen' | 'hgetall' | 'zcard'>;
  /** Name of the queue; queues of different names know nothing of each other. */
  readonly name: string;
  /** Milliseconds for which a job that was taken is invisible to others unless it is extended. */
  readonly visibilityMs: number;
  /** How often a job is given out without ever working before it is put aside. */
  readonly maxDeliveries: number;
}

/**
 * A queue of jobs in Redis with the manners of SQS: a job that is taken is invisible for a while, comes back when nobody says that it is being
 * worked on, and is put aside after too many failures. A job's id is unique while it is there, so adding it twice is adding it once.
 */
export class JobQueue {
  private readonly keys: readonly string[];

  constructor(private readonly options: JobQueueOptions) {
    this.keys = ['due', 'jobs', 'owners', 'taken', 'dead'].map((part) => `{${options.name}}:${part}`);
  }

  /** @returns whether there was no job of this id */
  async add(id: string, body: string): Promise<boolean> {
    return await this.run(ADD, id, body) === 1;
  }

  /** Takes the job that has waited longest; undefined when none may be taken now. */
  async take(owner: string): Promise<TakenJob | undefined> {
    const found = await this.run(TAKE, owner, this.options.visibilityMs, this.options.maxDeliveries) as [string, string, number] | null;
    return found ? { id: found[0], body: found[1], deliveries: found[2], owner } : undefined;
  }

  /**
   * Says that the job is being worked on.
   *
   * @param works whether it does what it should: earlier failures are then forgotten
   * @returns whether it is still this worker's; if not, somebody else has it
   */
  async extend(job: TakenJob, works: boolean): Promise<boolean> {
    return await this.run(EXTEND, job.id, job.owner, this.options.visibilityMs, works ? 1 : 0) === 1;
  }

  /** Gives a job back, at once or after a delay. */
  async release(job: TakenJob, delayMs = 0): Promise<boolean> {
    return await this.run(RELEASE, job.id, job.owner, delayMs) === 1;
  }

  /** Ends a job for good. */
  async finish(job: TakenJob): Promise<boolean> {
    return await this.run(FINISH, job.id, job.owner) === 1;
  }

  /** Gives a job that was put aside another chance. */
  async revive(id: string): Promise<boolean> {
    return await this.run(REVIVE, id) === 1;
  }

  /** Jobs that were put aside, by id. */
  dead(): Promise<Record<string, string>> {
    return this.options.redis.hgetall(this.keys[4]);
  }

  /** Jobs that wait or are worked on, and those put aside. */
  async count(): Promise<{ readonly jobs: number; readonly dead: number }> {
    const { redis } = this.options;
    const [jobs, dead] = await Promise.all([redis.zcard(this.keys[0]), redis.hlen(this.keys[4])]);
    return { jobs, dead };
  }

  private run(script: string, ...values: (string | number)[]): Promise<unknown> {
    return this.options.redis.eval(script, this.keys.length, ...this.keys, ...values);
  }
}
