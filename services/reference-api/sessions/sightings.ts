import type { Sighting } from '../../adapters/sessions/session';
import type { Logger } from '../../runtime';
import { Lru } from '../auth/lru';

export interface SightingsOptions {
  /** Notes a sighting; undefined when the session is over. */
  readonly see: (sighting: Sighting) => Promise<'new' | 'known' | undefined>;
  readonly onOver: (sighting: Sighting) => void;
  readonly onNew: (sighting: Sighting) => Promise<void>;
  readonly logger: Logger;
  /** Milliseconds after which a session is looked at again. */
  readonly everyMs?: number;
}

/** Sightings that are written at the same time, and that wait. */
const AT_ONCE = 8;
const MOST_WAITING = 2_000;
/** Milliseconds after which a failed sighting may be tried again. */
const AGAIN_MS = 15_000;
const REMEMBERED = 50_000;

/**
 * Tells the table which sessions are used, behind the requests: none of them waits for it. The answer also says when a session is over that this
 * task has not heard of: one that ended long ago, or whose time has come.
 */
export class Sightings {
  /** Millisecond from which a session is to be looked at again. */
  private readonly due = new Lru<string, number>(REMEMBERED);
  private readonly waiting = new Map<string, Sighting>();
  private underway = 0;
  private failing = false;
  private stopped = false;

  constructor(private readonly options: SightingsOptions) {}

  note(sighting: Sighting): void {
    const { sessionId } = sighting;
    const now = Date.now();
    if ((this.due.get(sessionId) ?? 0) > now || this.waiting.size >= MOST_WAITING) return;
    this.due.set(sessionId, now + (this.options.everyMs ?? 300_000));
    this.waiting.set(sessionId, sighting);
    this.work();
  }

  stop(): void {
    this.stopped = true;
    this.waiting.clear();
  }

  private work(): void {
    while (this.underway < AT_ONCE && !this.stopped) {
      const next = this.waiting.entries().next();
      if (next.done) return;
      const [sessionId, sighting] = next.value;
      this.waiting.delete(sessionId);
      this.underway += 1;
      void this.look(sighting).finally(() => {
        this.underway -= 1;
        this.work();
      });
    }
  }

  private async look(sighting: Sighting): Promise<void> {
    const { see, onOver, onNew, logger } = this.options;
    try {
      const seen = await see(sighting);
      if (seen === undefined) onOver(sighting);
      if (seen === 'new') await onNew(sighting);
      this.failing = false;
    } catch (error) {
      this.due.set(sighting.sessionId, Date.now() + AGAIN_MS);
      // One line for a table that is away, not one for each session.
      if (!this.failing && !this.stopped) logger.warn({ err: error }, 'sessions cannot be written down at the moment');
      this.failing = true;
    }
  }
}
