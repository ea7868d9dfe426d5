import { z } from 'zod';
import { checkRange, intervals } from './bar-pages';
import type { History } from './history';
import { Replay } from './replay';
import type { Logger } from '../../runtime';
import { ApiError, INTERNAL_ERROR, toApiError, unavailable } from '../http/errors';
import { coded } from '../http/validate';

/** Replays that run at once, each of which may hold a day of bars. */
export const MOST_REPLAYS = { connection: 3, account: 6, task: 200 } as const;

const time = (name: string) => {
  const error = coded(`invalid_${name}`, `${name} is a time in milliseconds since 1970.`);
  return z.int({ error }).refine((at) => at >= 0 && at <= 9_999_999_999_999, { error });
};

const SPEED = coded('invalid_speed', 'speed is a number from 1 to 3600, or max for as fast as you take it.');

/** What starts a replay, beside its `op` and `id`. */
export const replayBody = z.strictObject({
  symbol: z.string().max(32),
  interval: z.enum(intervals).default('1m'),
  from: time('from'),
  to: time('to').optional(),
  speed: z.union([z.number(), z.literal('max')], { error: SPEED }).refine((speed) => speed === 'max' || (speed >= 1 && speed <= 3_600), { error: SPEED }),
});
export type ReplayBody = z.output<typeof replayBody>;

/** How a connection hears of its replays. */
export interface ReplayOutlet {
  event(id: string, event: string, facts?: object): void;
  /** @returns when the client took them, with whether it is there still */
  bars(id: string, json: string): Promise<boolean>;
  error(id: string, error: ApiError): void;
}

/** Replays of all connections of a task. */
export class Replays {
  private readonly perAccount = new Map<string, number>();
  private running = 0;

  /** @param isBusy whether the task turns questions away */
  constructor(readonly history: History, readonly logger: Logger, readonly isBusy: () => boolean) {}

  get size(): number {
    return this.running;
  }

  /** Takes a place; answers what gives it back. @throws ApiError 409, 503 */
  enter(accountId: string): () => void {
    const mine = this.perAccount.get(accountId) ?? 0;
    if (mine >= MOST_REPLAYS.account) throw tooMany('An account', MOST_REPLAYS.account);
    if (this.running >= MOST_REPLAYS.task) throw unavailable('overloaded', 'Too many replays run here already; try again later.');
    this.perAccount.set(accountId, mine + 1);
    this.running += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.running -= 1;
      const rest = (this.perAccount.get(accountId) ?? 1) - 1;
      if (rest > 0) this.perAccount.set(accountId, rest);
      else this.perAccount.delete(accountId);
    };
  }
}

interface Running {
  readonly replay: Replay;
  leave(): void;
}

/** Replays of one connection; they end with it. */
export class ConnectionReplays {
  private readonly running = new Map<string, Running>();

  constructor(private readonly all: Replays, private readonly outlet: ReplayOutlet) {}

  get size(): number {
    return this.running.size;
  }

  /** Starts one, and tells what becomes of it. @throws ApiError when it cannot be started */
  start(accountId: string, id: string, body: ReplayBody): void {
    const { history } = this.all;
    const { from, to } = body;
    history.required();
    if (to !== undefined) checkRange(from, to);
    if (this.running.has(id)) throw new ApiError(409, 'replay_exists', 'A replay of this id runs already; stop it first.');
    if (this.running.size >= MOST_REPLAYS.connection) throw tooMany('A connection', MOST_REPLAYS.connection);
    const leave = this.all.enter(accountId);
    const replay = new Replay(body, history, {
      bars: (json) => this.outlet.bars(id, json),
      gap: (gap) => this.outlet.event(id, 'gap', gap),
      isBusy: this.all.isBusy,
    });
    this.running.set(id, { replay, leave });
    this.outlet.event(id, 'started', body);
    void this.run(id, { replay, leave });
  }

  /** @throws ApiError 404 when no such replay runs */
  control(id: string, action: 'pause' | 'resume' | 'stop'): void {
    const found = this.running.get(id);
    if (!found) throw new ApiError(404, 'unknown_replay', 'No replay of this id runs on this connection.');
    const { replay } = found;
    replay[action]();
    // The end of one that is stopped is told when it is over.
    if (action !== 'stop') this.outlet.event(id, replay.isPaused ? 'paused' : 'resumed', { bars: replay.bars, next: replay.position });
  }

  /** Ends all of them: the connection is gone. */
  end(): void {
    for (const { replay, leave } of this.running.values()) {
      replay.stop();
      leave();
    }
    this.running.clear();
  }

  private async run(id: string, { replay, leave }: Running): Promise<void> {
    try {
      const ended = await replay.run();
      this.forget(id, replay, leave);
      this.outlet.event(id, 'ended', ended);
    } catch (error) {
      this.forget(id, replay, leave);
      const known = toApiError(error);
      if (!known) this.all.logger.error({ err: error }, 'a replay failed');
      this.outlet.error(id, known ?? INTERNAL_ERROR);
      this.outlet.event(id, 'ended', { reason: 'failed', bars: replay.bars, next: replay.position });
    }
  }

  private forget(id: string, replay: Replay, leave: () => void): void {
    leave();
    if (this.running.get(id)?.replay === replay) this.running.delete(id);
  }
}

function tooMany(who: string, most: number): ApiError {
  return new ApiError(409, 'too_many_replays', `${who} may have at most ${most} replays at once; stop one first.`, { limit: most });
}
