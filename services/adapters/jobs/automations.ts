import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Automation, AutomationAsk, AutomationEnd, AutomationOrder, AutomationStatus } from './automation';
import { CANCEL, CREATE, END, SAVE } from './automation-scripts';
import { automationJob, JOBS } from './job';
import { bytesToUuid, newOrderId } from '../../domain';

export interface AutomationsOptions {
  readonly redis: Pick<Redis, 'eval' | 'hgetall' | 'hexists' | 'zrevrange' | 'hget'>;
  /** Queue of the workers; default that of the simulator. */
  readonly queue?: string;
  /** Most that an account may have at a time. Default 20. */
  readonly perAccount?: number;
  /** Most jobs of the queue; beyond it nobody gets a new one. Default 500: one worker has to bear them all. */
  readonly mostJobs?: number;
}

/** What became of a request for an automation. */
export type Made =
  | { readonly outcome: 'made' | 'same'; readonly id: string }
  /** The client's id stands for something else; the account has as many as it may; there are as many as the workers bear. */
  | { readonly outcome: 'other' | 'full' | 'busy'; readonly id: string };

/** Seconds for which one that ended can be looked at. */
export const KEPT_SECONDS = 7 * 86_400;
/** Automations that the list of an account has. */
export const LISTED = 200;

/** What an automation's worker writes with each step. */
export interface Progress {
  readonly status: Extract<AutomationStatus, 'waiting' | 'working'>;
  readonly state: unknown;
  readonly orders: readonly AutomationOrder[];
}

/** Automations of users: their records in Redis, beside the queue whose jobs look after them. */
export class Automations {
  private readonly queue: string;

  constructor(private readonly options: AutomationsOptions) {
    this.queue = options.queue ?? JOBS;
  }

  /**
   * Makes a record and its job.
   *
   * @param clientId the client's own name for it: asked for again it is the same one, until a week after it ended
   */
  async create(accountId: string, ask: AutomationAsk, clientId?: string): Promise<Made> {
    const { perAccount = 20, mostJobs = 500 } = this.options;
    const id = clientId === undefined ? newOrderId() : idOf(`${accountId}/${clientId}`);
    const text = JSON.stringify(ask);
    const job = automationJob(id);
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
    const keys = [this.record(id), this.key(`active:${accountId}`), this.key(`of:${accountId}`), this.key('due'), this.key('jobs')];
    const outcome = await this.options.redis.eval(
      CREATE, keys.length, ...keys, id, accountId, digest, text, clientId ?? '', job.id, job.body, perAccount, mostJobs, LISTED) as Made['outcome'];
    return { outcome, id };
  }

  /** One of any account; undefined when there is none, or none any more. */
  async get(id: string): Promise<Automation | undefined> {
    const [fields, isAside] = await Promise.all([
      this.options.redis.hgetall(this.record(id)), this.options.redis.hexists(this.key('dead'), automationJob(id).id),
    ]);
    if (fields.ask === undefined) return undefined;
    const read = automationOf(fields);
    // Too many workers failed with it: it rests until somebody looks.
    return isAside === 1 ? { ...read, status: 'failed', reason: 'put_aside' } : read;
  }

  /** Those of an account, newest first. */
  async list(accountId: string): Promise<readonly Automation[]> {
    const ids = await this.options.redis.zrevrange(this.key(`of:${accountId}`), 0, LISTED - 1);
    const all = await Promise.all(ids.map((id) => this.get(id)));
    return all.filter((one) => one !== undefined);
  }

  /** Asks for an end, which its worker makes. @returns whether the account has such a one */
  async cancel(accountId: string, id: string): Promise<boolean> {
    return await this.eval(CANCEL, [this.record(id), this.key('due'), this.key('jobs'), this.key('dead')], accountId, automationJob(id).id) === 1;
  }

  async isCancelRequested(id: string): Promise<boolean> {
    return await this.options.redis.hget(this.record(id), 'cancel') === '1';
  }

  /** Writes how far it is. @returns whether the job is still this worker's */
  async save(id: string, owner: string, { status, state, orders }: Progress): Promise<boolean> {
    return await this.eval(
      SAVE, [this.record(id), this.key('owners')], automationJob(id).id, owner, status, JSON.stringify(state), JSON.stringify(orders)) === 1;
  }

  /** Ends it for good. @returns whether the job is still this worker's */
  async end({ id, accountId }: Pick<Automation, 'id' | 'accountId'>, owner: string, status: AutomationEnd, reason = ''): Promise<boolean> {
    const keys = [this.record(id), this.key('owners'), this.key(`active:${accountId}`)];
    return await this.eval(END, keys, automationJob(id).id, owner, id, status, reason, KEPT_SECONDS) === 1;
  }

  private record(id: string): string {
    return this.key(`automation:${id}`);
  }

  /** All of them on the node of the queue, so that a step is one. */
  private key(part: string): string {
    return `{${this.queue}}:${part}`;
  }

  private eval(script: string, keys: readonly string[], ...values: (string | number)[]): Promise<unknown> {
    return this.options.redis.eval(script, keys.length, ...keys, ...values);
  }
}

function automationOf(fields: Readonly<Record<string, string>>): Automation {
  const { id, accountId, ask, clientId, status, reason, cancel, state, orders, createdAt, updatedAt } = fields;
  return {
    id, accountId, ask: JSON.parse(ask) as AutomationAsk,
    ...(clientId ? { clientId } : {}),
    status: status as AutomationStatus,
    ...(reason ? { reason } : {}),
    cancelRequested: cancel === '1',
    state: state === undefined ? undefined : JSON.parse(state) as unknown,
    orders: orders === undefined ? [] : JSON.parse(orders) as AutomationOrder[],
    createdAt: Number(createdAt), updatedAt: Number(updatedAt),
  };
}

/** A UUID (version 8) that follows from a text. */
function idOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = 0x80 | bytes[6] & 0x0f;
  bytes[8] = 0x80 | bytes[8] & 0x3f;
  return bytesToUuid(bytes);
}
