import type { Event } from '../../domain';

/**
 * Events that are not known to be in the settlement queue, in order and without gaps. Leader and standby both keep it: the
 * leader sends from it, the standby has in it what it would have to send again. It never forgets an event; when it is full,
 * whoever fills it waits.
 */
export class Outbox {
  private events: Event[] = [];
  /** Entries before this index are published. */
  private head = 0;
  private last = 0;
  private published = 0;
  private wakeUps: (() => void)[] = [];

  constructor(private readonly capacity: number) {}

  /** Begins behind a snapshot: what it includes was published before it was saved. */
  startAfter(seq: number): void {
    this.last = seq;
    this.markPublished(seq);
  }

  /** Begins again with nothing: what is published stays so. */
  restart(): void {
    this.events = [];
    this.head = 0;
    this.last = 0;
  }

  /** Everything up to this sequence is in the queue. */
  get publishedSeq(): number {
    return this.published;
  }

  get size(): number {
    return this.events.length - this.head;
  }

  get full(): boolean {
    return this.size >= this.capacity;
  }

  /** @throws Error when the events do not continue the sequence */
  push(events: readonly Event[]): void {
    for (const event of events) {
      if (event.seq !== this.last + 1) throw new Error(`event ${event.seq} follows event ${this.last}: the core lost its sequence`);
      this.last = event.seq;
      if (event.seq > this.published) this.events.push(event);
    }
    this.wake();
  }

  /** Notes that everything up to a sequence is in the queue, also what did not come by here yet. Never goes back. */
  markPublished(seq: number): void {
    if (seq <= this.published) return;
    this.published = seq;
    while (this.head < this.events.length && this.events[this.head].seq <= seq) this.head++;
    if (this.head === this.events.length || (this.head > 4_096 && this.head * 2 > this.events.length)) {
      this.events = this.events.slice(this.head);
      this.head = 0;
    }
    this.wake();
  }

  /** The oldest events, the next to be sent. */
  peek(count = Infinity): readonly Event[] {
    return this.events.slice(this.head, this.head + count);
  }

  /** Resolves when the condition holds, which is looked at after every change, or when the signal aborts. */
  async until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.wakeUps.push(wake);
        signal.addEventListener('abort', wake);
      });
    }
  }

  private wake(): void {
    const waiting = this.wakeUps;
    if (waiting.length === 0) return;
    this.wakeUps = [];
    for (const resolve of waiting) resolve();
  }
}
