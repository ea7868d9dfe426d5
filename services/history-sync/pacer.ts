import { setTimeout as sleep } from 'node:timers/promises';

/** Lets callers through one after the other with a least time between them, and all of them wait when the other side says so. */
export class Pacer {
  private next = 0;

  /** @param intervalMs least milliseconds between two passes */
  constructor(private readonly intervalMs: number) {}

  /** Resolves when it is the caller's turn. @throws AbortError when the signal is first */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = Date.now();
    const turn = Math.max(now, this.next);
    this.next = turn + this.intervalMs;
    if (turn > now) await sleep(turn - now, undefined, { signal });
  }

  /** Nobody passes for this long. */
  pause(ms: number): void {
    this.next = Math.max(this.next, Date.now() + ms);
  }
}
