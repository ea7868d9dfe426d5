/** Subscriptions that have had no answer yet, oldest first. */
export class Pending {
  private readonly since = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  add(id: string): void {
    this.since.set(id, this.now());
  }

  /** @returns whether somebody waited for it */
  settle(id: string): boolean {
    return this.since.delete(id);
  }

  /** Milliseconds for which the oldest has waited; 0 when there is none. */
  waitingMs(): number {
    const [oldest] = this.since.values();
    return oldest === undefined ? 0 : this.now() - oldest;
  }
}
