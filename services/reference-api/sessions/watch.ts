import type { Redis } from 'ioredis';
import { EndedSessions, type SessionClaims } from './ended';
import { Sightings } from './sightings';
import { type Revocation, revocationKey, revocationOf, TOLD_SECONDS } from '../../adapters/sessions/revocation';
import type { Sessions } from '../../adapters/sessions/sessions';
import { REVOCATIONS_CHANNEL, REVOCATIONS_KEY } from '../../domain';
import type { Logger } from '../../runtime';
import { KeysUnavailableError } from '../auth/key-store';
import { InvalidTokenError, type SessionCheck } from '../auth/token-verifier';

export interface SessionWatchOptions {
  readonly sessions: Sessions;
  readonly cache: Redis;
  /** Connection in subscriber mode. */
  readonly subscriber: Redis;
  readonly logger: Logger;
  /** Milliseconds between two looks into the table. */
  readonly pollMs?: number;
  /** Milliseconds between two sightings of a session. */
  readonly sightingMs?: number;
}

/** Seconds that each look goes back behind the last one: the index is read as it comes, and clocks differ. */
const OVERLAP_SECONDS = 60;
/** Looks after which all of it is read again, in case something came later than that, from another region. */
const ALL_EVERY = 300;
/** Milliseconds without an answer of table or cache after which that is a problem. */
const STALE_MS = 30_000;

/**
 * Knows which sessions are over, without asking anybody at a request: hears of ends through the cache at once, and looks into the table, which is
 * the truth, every other second. While neither answers it goes by what it knows.
 */
export class SessionWatch implements SessionCheck {
  private readonly ended = new EndedSessions();
  private readonly sightings: Sightings;
  private readonly listeners: ((revocation: Revocation) => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private loadedAt: number | undefined;
  private looks = 0;
  private lastLook = 0;
  private trouble: string | undefined = 'not read yet';

  constructor(private readonly options: SessionWatchOptions) {
    const { sessions, logger, sightingMs } = options;
    this.sightings = new Sightings({
      logger,
      everyMs: sightingMs,
      see: (sighting) => sessions.see(sighting),
      onOver: ({ sessionId }) => this.learn([{ kind: 'session', id: sessionId, at: seconds() }]),
      onNew: async ({ userId }) => {
        const gone = await sessions.endBeyondLimit(userId);
        if (gone.length > 0) await this.tell(gone.map((id) => ({ kind: 'session', id, at: seconds() })));
      },
    });
  }

  /** Reads what is over and keeps looking, in the background. */
  start(): void {
    const { subscriber, logger } = this.options;
    subscriber.on('message', (channel: string, text: string) => {
      if (channel === REVOCATIONS_CHANNEL) this.hear(text);
    });
    subscriber.subscribe(REVOCATIONS_CHANNEL).catch((error: unknown) => logger.warn({ err: error }, 'ends of sessions are only read from the table'));
    void this.loop();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.sightings.stop();
  }

  /** Calls back when something ends, once for each. */
  onEnded(listener: (revocation: Revocation) => void): void {
    this.listeners.push(listener);
  }

  /** What keeps ends from being heard of, undefined when nothing does. */
  get problem(): string | undefined {
    if (this.loadedAt === undefined) return this.trouble;
    const age = Date.now() - this.loadedAt;
    return age > STALE_MS ? `ends of sessions were last read ${Math.round(age / 1_000)} s ago: ${this.trouble}` : undefined;
  }

  /** Whether this task has learned what is over; before that it lets nobody in. */
  get isReady(): boolean {
    return this.loadedAt !== undefined;
  }

  /**
   * Lets a verified token pass, or does not; decided from memory.
   *
   * @throws InvalidTokenError `session_ended`; KeysUnavailableError while this task has not learned yet what is over
   */
  check(claims: SessionClaims, client?: string): void {
    if (this.loadedAt === undefined) throw new KeysUnavailableError('what is over is not known yet');
    if (this.ended.isOver(claims)) throw new InvalidTokenError('session_ended', 'This session is over; sign in again.');
    const { accountId: userId, sessionId, signedInAt } = claims;
    if (sessionId !== undefined && signedInAt !== undefined) this.sightings.note({ sessionId, userId, signedInAt, client });
  }

  /** Goes by what the table has taken, and tells the other tasks, as far as the cache carries it: they read the table anyway. */
  async tell(revocations: readonly Revocation[]): Promise<void> {
    this.learn(revocations);
    const { cache, logger } = this.options;
    try {
      await this.keep(revocations);
      await cache.publish(REVOCATIONS_CHANNEL, JSON.stringify(revocations));
    } catch (error) {
      logger.warn({ err: error }, 'the end of a session was not told through the cache');
    }
  }

  private async keep(revocations: readonly Revocation[]): Promise<void> {
    if (revocations.length === 0) return;
    const { cache } = this.options;
    await cache.zadd(REVOCATIONS_KEY, ...revocations.flatMap((one) => [one.at, revocationKey(one)]));
    await cache.zremrangebyscore(REVOCATIONS_KEY, '-inf', seconds() - TOLD_SECONDS);
    await cache.expire(REVOCATIONS_KEY, TOLD_SECONDS);
  }

  private hear(text: string): void {
    try {
      const told = JSON.parse(text) as readonly Revocation[];
      this.learn(told.flatMap((one) => revocationOf(revocationKey(one), one.at) ?? []));
    } catch {
      this.options.logger.warn('a message about sessions cannot be read');
    }
  }

  /** @returns what was news */
  private learn(revocations: readonly Revocation[]): readonly Revocation[] {
    const news = revocations.filter((one) => this.ended.add(one));
    for (const one of news) for (const listener of this.listeners) listener(one);
    return news;
  }

  private async loop(): Promise<void> {
    await this.look();
    if (!this.stopped) this.timer = setTimeout(() => void this.loop(), this.options.pollMs ?? 2_000).unref();
  }

  /** Looks once. Never fails: what is known stays. */
  private async look(): Promise<void> {
    const { sessions, logger } = this.options;
    const began = seconds();
    const all = this.looks % ALL_EVERY === 0;
    const since = all ? began - TOLD_SECONDS : this.lastLook - OVERLAP_SECONDS;
    try {
      const news = this.learn(await sessions.revocations(since));
      this.looks += 1;
      this.lastLook = began;
      this.loaded();
      // Ends that others wrote, such as the user service: for tasks that start while the table is away.
      await this.keep(news).catch(() => undefined);
    } catch (error) {
      if (this.trouble === undefined || this.loadedAt === undefined) logger.warn({ err: error }, 'the table of sessions cannot be read; going by the cache and by what is known');
      // Without the reason, which may name what nobody outside need know; the log has it.
      this.trouble = 'their table cannot be read';
      await this.lookIntoCache(since);
    }
    this.ended.prune(seconds());
  }

  private async lookIntoCache(since: number): Promise<void> {
    try {
      const rows = await this.options.cache.zrangebyscore(REVOCATIONS_KEY, since, '+inf', 'WITHSCORES');
      this.learn(rows.flatMap((key, index) => (index % 2 === 0 ? revocationOf(key, Number(rows[index + 1])) ?? [] : [])));
      this.loadedAt = Date.now();
    } catch {
      // Neither of them: what is known stays.
    }
  }

  private loaded(): void {
    this.loadedAt = Date.now();
    this.trouble = undefined;
  }
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000);
}
