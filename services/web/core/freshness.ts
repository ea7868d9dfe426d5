/** What the connection to the server is. */
export type Link = 'off' | 'connecting' | 'catching-up' | 'live' | 'lost';

/** How much what is shown can be believed. */
export type Trust = 'live' | 'stale' | 'unknown';

/** A price is said several times a second; one that is older than this is not the price any more. */
export const STALE_MS = 5_000;

/** Whether something that is said all the time is still what it says. */
export function trustOf(link: Link, ageMs: number | undefined, staleMs = STALE_MS): Trust {
  if (ageMs === undefined) return 'unknown';
  return (link === 'live' || link === 'catching-up') && ageMs <= staleMs ? 'live' : 'stale';
}

/** An age for people: `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7_200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}

/**
 * How far the server's clock is ahead, from the exchange with the shortest way: its time was true about half of that way ago.
 */
export class ClockOffset {
  private best: { readonly tripMs: number; readonly offsetMs: number } | undefined;

  get offsetMs(): number {
    return this.best?.offsetMs ?? 0;
  }

  take(sentAt: number, serverTime: number, receivedAt: number): void {
    const tripMs = receivedAt - sentAt;
    if (!this.best || tripMs <= this.best.tripMs) this.best = { tripMs, offsetMs: serverTime - (sentAt + tripMs / 2) };
  }
}
