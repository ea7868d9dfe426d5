import { type Revocation, TOLD_SECONDS } from '../../adapters/sessions/revocation';

/** What the claims of a token say about its session. */
export interface SessionClaims {
  readonly accountId: string;
  readonly sessionId?: string;
  /** Second of the epoch. */
  readonly signedInAt?: number;
}

/** Most entries of each kind that are kept; ten thousand sign-outs an hour do not fill it. */
const MOST = 300_000;

/** What is over, in memory: decides without asking anybody. */
export class EndedSessions {
  /** Second of the end by session. */
  private readonly sessions = new Map<string, number>();
  /** Second up to which everything of a user is over. */
  private readonly users = new Map<string, number>();
  private readonly keys = new Map<string, number>();

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.sessions.size + this.users.size + this.keys.size;
  }

  /** @returns whether it was news */
  add({ kind, id, at }: Revocation): boolean {
    const map = { session: this.sessions, user: this.users, keys: this.keys }[kind];
    const before = map.get(id);
    // Of a session the first end counts, of a user the last.
    if (before !== undefined && (kind === 'session' || before >= at)) return false;
    map.delete(id);
    map.set(id, at);
    // Those that are in it for longest have the oldest tokens.
    if (map.size > this.most) map.delete(map.keys().next().value as string);
    return true;
  }

  /** A token is over with its session, and with everything of its user that began up to then. */
  isOver({ accountId, sessionId, signedInAt }: SessionClaims): boolean {
    if (sessionId !== undefined && this.sessions.has(sessionId)) return true;
    const until = this.users.get(accountId);
    // Times of sign-in are whole seconds: who signs in within the very second of a sign-out does it again.
    return until !== undefined && (signedInAt ?? 0) <= until;
  }

  /** Forgets what no token can say any longer. */
  prune(now: number): void {
    for (const map of [this.sessions, this.users, this.keys]) {
      for (const [id, at] of map) if (at + TOLD_SECONDS < now) map.delete(id);
    }
  }
}
